// Leaf predicates over a block: comparisons, patterns, lists and presence of numbers, exact integers, texts and bools.
// Called by evaluate.ts, which binds AND, OR, NOT and picks the way. What must stay true: a missing operand gives unknown,
// but for IS NULL, which never does.

import { invariant, unreachable } from "../base/assert.ts";
import { isPresent } from "../columns/column.ts";
import { TextTable } from "../columns/text-table.ts";
import { compileBacktracking } from "../kernels/backtracking-regex.ts";
import { compareInt64, compareInt64s, compareNumber, compareNumbers, FLIPPED, mapCodes } from "../kernels/compare.ts";
import { NumberTable } from "../kernels/hash.ts";
import { compileLike, type LikeNeedle, likeLiteral, likeNeedle } from "../kernels/like.ts";
import { fillTruth, notInto, UNKNOWN } from "../kernels/logic.ts";
import { presentBits, presentCodes, presentNumbers, presentTruth } from "../kernels/present.ts";
import { compileRegex } from "../kernels/regex.ts";
import {
  type ByteRange,
  compareRanges,
  comparison,
  type Literal,
  matchTexts,
  matchTextsHolding,
  type TextMatcher,
  type TextValues,
  truthOfOrder,
} from "../kernels/text.ts";
import type { Compare, Expr, InList, IsNull, Match, ValueType } from "../plan/expr.ts";
import type { Batch } from "./batch.ts";
import { compareIntegers, constantOrder, integersIn, numberBound, numberOf } from "./integer-predicates.ts";
import { bindInt64 } from "./integers.ts";
import type { TruthSource } from "./lift.ts";
import { bindNumber } from "./numbers.ts";
import type { Scope } from "./scope.ts";
import type { TextSource } from "./text-source.ts";
import { bindText, encodeText } from "./texts.ts";

/** Where a leaf stands: `bind` binds its bool operands one level deeper, and level `depth` has a scratch array of its own. */
export interface Place {
  readonly scope: Scope;
  readonly depth: number;
  readonly bind: (expr: Expr) => TruthSource;
}

/** The same truth for every row; null is unknown. */
export function constantTruth(value: boolean | null): TruthSource {
  const truth = value === null ? UNKNOWN : value ? 1 : 0;
  return ({ rows }, out) => fillTruth(truth, rows, out);
}

/** Binds a comparison. */
export function bindCompare(compare: Compare, place: Place): TruthSource {
  const { op, left, right } = compare;
  const { scope } = place;
  if (left.kind === "literal" && right.kind !== "literal") {
    return bindCompare({ ...compare, op: FLIPPED[op], left: right, right: left }, place);
  }
  if (right.kind === "literal" && right.value === null) return constantTruth(null);
  const type: ValueType = left.type;
  switch (type) {
    case "number":
      return compareAsNumbers(compare, scope);
    case "int64":
      return compareAsInt64(compare, scope);
    case "text":
      return compareAsTexts(compare, scope);
    case "bool":
      return compareAsBools(compare, place);
    default:
      return unreachable(type);
  }
}

function compareAsNumbers(compare: Compare, scope: Scope): TruthSource {
  const { op, left, right } = compare;
  if (left.kind === "literal" && right.kind === "literal") {
    return constantTruth(left.value === null ? null : constantOrder(op, numberOf(left), numberOf(right)));
  }
  const exact = compareIntegers(compare, scope);
  if (exact !== undefined) return exact;
  const source = bindNumber(left, scope);
  if (right.kind === "literal") {
    const bound = numberBound(op, numberOf(right));
    return (batch, out) => compareNumber({ values: source.values(batch), ...bound }, batch.rows, out);
  }
  const other = bindNumber(right, scope);
  return (batch, out) =>
    compareNumbers({ left: source.values(batch), op, right: other.values(batch) }, batch.rows, out);
}

function compareAsInt64({ op, left, right }: Compare, scope: Scope): TruthSource {
  if (left.kind === "literal" && right.kind === "literal") {
    if (typeof left.value !== "bigint" || typeof right.value !== "bigint") return constantTruth(null);
    const order = left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
    return constantTruth(truthOfOrder(op, order) === 1);
  }
  const source = bindInt64(left, scope);
  if (right.kind === "literal") {
    invariant(typeof right.value === "bigint", "an int64 is compared with an int64");
    const literal = right.value;
    return (batch, out) => compareInt64({ ...source.values(batch), op, literal }, batch.rows, out);
  }
  const other = bindInt64(right, scope);
  return (batch, out) => compareInt64s({ left: source.values(batch), op, right: other.values(batch) }, batch.rows, out);
}

function compareAsTexts({ op, left, right }: Compare, scope: Scope): TruthSource {
  const source = bindText(left, scope);
  if (right.kind === "literal") return matchSource(source, comparison(op, encodeText(String(right.value))), { scope });
  const a = textReader(source);
  const b = textReader(bindText(right, scope));
  return (batch, out) => {
    const { positions, count } = batch.rows;
    a.open(batch);
    b.open(batch);
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      out[row] = a.move(row) && b.move(row) ? truthOfOrder(op, compareRanges(a.range, b.range)) : UNKNOWN;
    }
  };
}

/** Reads the bytes of one row after the other from either kind of source. */
function textReader(source: TextSource): { range: ByteRange; open(batch: Batch): void; move(row: number): boolean } {
  const range: ByteRange = { bytes: new Uint8Array(0), start: 0, end: 0 };
  let codes: Int32Array | undefined;
  let texts: TextValues = { offsets: new Int32Array(1), bytes: range.bytes, validity: undefined };
  return {
    range,
    open(batch) {
      if (source.kind === "bytes") texts = source.texts(batch);
      else {
        const { offsets, bytes } = source.dictionary;
        codes = source.codes(batch);
        texts = { offsets, bytes, validity: undefined };
      }
      range.bytes = texts.bytes;
    },
    move(row) {
      const text = codes === undefined ? row : codes[row]!;
      if (text < 0 || !isPresent(texts.validity, text)) return false;
      range.start = texts.offsets[text]!;
      range.end = texts.offsets[text + 1]!;
      return true;
    },
  };
}

function compareAsBools({ op, left, right }: Compare, { scope, depth, bind }: Place): TruthSource {
  const a = bind(left);
  const b = bind(right);
  return (batch, out) => {
    const other = scope.truthAt(depth);
    a(batch, out);
    b(batch, other);
    const { positions, count } = batch.rows;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      const known = out[row] !== UNKNOWN && other[row] !== UNKNOWN;
      out[row] = known ? truthOfOrder(op, out[row]! - other[row]!) : UNKNOWN;
    }
  };
}

/** What every text that matches holds, as far as it is known. */
interface Held {
  readonly needle?: LikeNeedle | undefined;
  readonly literal?: Literal | undefined;
}

const FEW_PART = 8;

/** A matcher on any text source. Dictionary columns come here as the bytes of their values, by way of lift.ts, or row by row. */
function matchSource(
  source: TextSource,
  matcher: TextMatcher,
  { scope, ...held }: Held & { scope: Scope },
): TruthSource {
  const { needle, literal } = held;
  if (source.kind === "bytes") {
    const { scan } = source;
    if (scan !== undefined) return (batch, out) => scan({ matcher, needle }, batch, out);
    return (batch, out) => {
      const { length, rows } = batch;
      const texts = source.texts(batch);
      // Searching all texts of a block at once pays when most of them are asked about.
      if (literal === undefined || rows.count * FEW_PART < length) matchTexts({ texts, matcher }, rows, out);
      else matchTextsHolding({ texts, length, matcher, literal }, rows, out);
    };
  }
  if (!scope.shortcuts.has("dictionaries")) return matchRows(source, matcher);
  const { size, offsets, bytes } = source.dictionary;
  const table = new Uint8Array(size + 1).fill(UNKNOWN, 0, 1);
  const texts = { offsets, bytes, validity: undefined };
  matchTexts({ texts, matcher }, { positions: undefined, count: size }, table.subarray(1));
  return (batch, out) => mapCodes({ codes: source.codes(batch), table }, batch.rows, out);
}

/** A matcher on the text of each row. */
function matchRows(source: TextSource, matcher: TextMatcher): TruthSource {
  const reader = textReader(source);
  return (batch, out) => {
    const { positions, count } = batch.rows;
    reader.open(batch);
    const { bytes } = reader.range;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      out[row] = reader.move(row) ? Number(matcher.matches(bytes, reader.range.start, reader.range.end)) : UNKNOWN;
    }
  };
}

/** Binds LIKE, ILIKE or RLIKE. Throws E_FILTER_REGEX. */
export function bindMatch({ mode, operand, pattern, escape: escaped, engine }: Match, scope: Scope): TruthSource {
  const source = bindText(operand, scope);
  if (mode === "rlike") {
    return matchSource(source, engine === "js" ? compileBacktracking(pattern) : compileRegex(pattern), { scope });
  }
  const options = { fold: mode === "ilike", escape: escaped };
  const bytes = likeLiteral(pattern, options);
  return matchSource(source, compileLike(pattern, options), {
    scope,
    needle: likeNeedle(pattern, options),
    literal: bytes === undefined ? undefined : { bytes, fold: options.fold },
  });
}

/** Binds IN. */
export function bindIn(list: InList, scope: Scope): TruthSource {
  const { operand, values } = list;
  if (operand.type === "text") {
    const table = new TextTable("list");
    for (const value of values) {
      const bytes = encodeText(String(value));
      table.add(bytes, 0, bytes.length);
    }
    const matches = (bytes: Uint8Array, start: number, end: number): boolean => table.find(bytes, start, end) >= 0;
    return matchSource(bindText(operand, scope), { matches }, { scope });
  }
  invariant(operand.type === "number", "a list holds texts or numbers");
  if (operand.kind === "literal") {
    return constantTruth(Number.isNaN(operand.value ?? Number.NaN) ? null : values.some((v) => v === operand.value));
  }
  const exact = integersIn(list, scope);
  if (exact !== undefined) return exact;
  const numbers = new NumberTable();
  // A bigint is a whole number that no float64 equals.
  for (const value of values) if (typeof value === "number") numbers.intern(value);
  const source = bindNumber(operand, scope);
  return (batch, out) => {
    const from = source.values(batch);
    const { positions, count } = batch.rows;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      const value = from[row]!;
      out[row] = Number.isNaN(value) ? UNKNOWN : Number(numbers.find(value) >= 0);
    }
  };
}

/** Binds IS NULL. */
export function bindIsNull({ operand }: IsNull, place: Place): TruthSource {
  const present = bindPresent(operand, place);
  return (batch, out) => {
    present(batch, out);
    notInto(out, batch.rows, out);
  };
}

/** 1 where the operand is there, else 0. */
function bindPresent(operand: Expr, { scope, bind }: Place): TruthSource {
  if (operand.kind === "payload") {
    invariant(operand.table === scope.table.name, "payload of the table");
    const column = scope.column({ ...operand, kind: "column" });
    return ({ block, rows }, out) => presentBits(column.blocks[block]?.validity, rows, out);
  }
  const type: ValueType = operand.type;
  switch (type) {
    case "number": {
      const source = bindNumber(operand, scope);
      return (batch, out) => presentNumbers(source.values(batch), batch.rows, out);
    }
    case "int64": {
      const source = bindInt64(operand, scope);
      return (batch, out) => presentBits(source.values(batch).validity, batch.rows, out);
    }
    case "text": {
      const source = bindText(operand, scope);
      if (source.kind === "codes") return (batch, out) => presentCodes(source.codes(batch), batch.rows, out);
      return (batch, out) => presentBits(source.texts(batch).validity, batch.rows, out);
    }
    case "bool": {
      const source = bind(operand);
      return (batch, out) => {
        source(batch, out);
        presentTruth(out, batch.rows, out);
      };
    }
    default:
      return unreachable(type);
  }
}
