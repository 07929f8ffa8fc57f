// Selectors: the conjuncts of a filter, each bound to the cheapest way to find the rows for which it is true.
// Called by filter.ts and scan.ts. What must stay true: the rows are those for which evaluate.ts says 1. Comparisons with a
// number become intervals, those on one number a single interval; what looks at one dictionary becomes a table of answers;
// the rest writes truth values first.

import { BlockMemory } from "../kernels/block-memory.ts";
import { type RowTest, rangeOfAnswers } from "../kernels/row-bits.ts";
import { NO_ROWS, type Selection, selectBetween, selectMapped, selectTrue } from "../kernels/select.ts";
import type { Compare, Expr, Predicate } from "../plan/expr.ts";
import { exprKey } from "../plan/visit.ts";
import type { Batch } from "./batch.ts";
import { bindTruth } from "./evaluate.ts";
import { bindIntegers } from "./integers.ts";
import { liftToDictionary } from "./lift.ts";
import { bindNumber } from "./numbers.ts";
import type { Scope } from "./scope.ts";
import type { CodeSource } from "./text-source.ts";
import { type Verdict, verdictOfAll, zoneVerdict } from "./zones.ts";

/** A bound condition. */
export interface Selector {
  /** Share of rows that may be true, roughly; undefined where rows are dear to look at, and only what is left should be. */
  readonly share: number | undefined;
  /** What zone maps say of a block. */
  verdict(block: number): Verdict;
  /** The rows of the batch for which it is true. */
  select(batch: Batch): Selection;
  /** The same as a test that keeps a bit a row, where the rows of a block are tested in place, in WebAssembly. */
  test?(batch: Batch): RowTest;
}

/** Binds the operands of an AND, in order. Throws E_COLUMN_NOT_LOADED, E_FILTER_REGEX. */
export function bindSelectors(conjuncts: readonly Predicate[], scope: Scope): readonly Selector[] {
  const positions = new Uint32Array(scope.batchRows);
  const intervals = new Map<string, NumberInterval>();
  const selectors: Selector[] = [];
  for (const conjunct of conjuncts) {
    const found = intervalOf(conjunct, scope);
    const known = found === undefined ? undefined : intervals.get(exprKey(found.operand));
    if (known !== undefined && found !== undefined) {
      known.least = Math.max(known.least, found.least);
      known.most = Math.min(known.most, found.most);
      known.conjuncts.push(conjunct);
    } else if (found !== undefined) {
      const interval = { ...found, conjuncts: [conjunct] };
      intervals.set(exprKey(found.operand), interval);
      selectors.push(intervalSelector(interval, scope, positions));
    } else {
      const selector = flagSelector(conjunct, scope, positions) ?? answerSelector(conjunct, scope, positions);
      selectors.push(selector ?? truthSelector(conjunct, scope, positions));
    }
  }
  return ordered(selectors);
}

/** The cheap ones first, those that leave least before the others. */
function ordered(selectors: readonly Selector[]): readonly Selector[] {
  const cheap = selectors.filter(({ share }) => share !== undefined);
  cheap.sort((a, b) => (a.share ?? 1) - (b.share ?? 1));
  return [...cheap, ...selectors.filter(({ share }) => share === undefined)];
}

/** Narrows a batch by all of them. */
export function selectAll(selectors: readonly Selector[], batch: Batch): void {
  for (const selector of selectors) {
    if (batch.rows.count === 0) return;
    const verdict = selector.verdict(batch.block);
    if (verdict === "none") batch.rows = NO_ROWS;
    else if (verdict === "some") batch.rows = selector.select(batch);
  }
}

function usesMemory({ rows, length }: Batch, memory: BlockMemory | undefined): memory is BlockMemory {
  return memory !== undefined && BlockMemory.pays(rows, length);
}

/** A closed interval of a number, by now. */
interface NumberInterval {
  readonly operand: Expr;
  least: number;
  most: number;
  /** What it stands for. */
  readonly conjuncts: Predicate[];
}

function intervalOf(predicate: Predicate, scope: Scope): Omit<NumberInterval, "conjuncts"> | undefined {
  if (predicate.kind === "compare") return comparedInterval(predicate, scope);
  if (predicate.kind !== "not" || predicate.operand.kind !== "is-null") return undefined;
  const { operand } = predicate.operand;
  if (operand.type !== "number") return undefined;
  return { operand, least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };
}

function comparedInterval({ op, left, right }: Compare, scope: Scope): Omit<NumberInterval, "conjuncts"> | undefined {
  if (left.type !== "number" || left.kind === "literal") return undefined;
  if (right.kind !== "literal" || typeof right.value !== "number" || !Number.isFinite(right.value)) return undefined;
  // The nearest float64 of an exact integer may fall on the wrong side of a bound.
  if (bindIntegers(left, scope) !== undefined) return undefined;
  const [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const { value } = right;
  switch (op) {
    case "=":
      return { operand: left, least: value, most: value };
    case "<":
      return { operand: left, least, most: -nextAbove(-value) };
    case "<=":
      return { operand: left, least, most: value };
    case ">":
      return { operand: left, least: nextAbove(value), most };
    case ">=":
      return { operand: left, least: value, most };
    case "!=":
      return undefined;
  }
}

const number = new Float64Array(1);
const bits = new BigInt64Array(number.buffer);

/** The next number above a finite one. */
function nextAbove(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  number[0] = value;
  bits[0] = bits[0]! + (value > 0 ? 1n : -1n);
  return number[0];
}

function intervalSelector(interval: NumberInterval, scope: Scope, positions: Uint32Array): Selector {
  const source = bindNumber(interval.operand, scope);
  const { memory } = scope;
  return {
    share: Number.isFinite(interval.least) || Number.isFinite(interval.most) ? 0.5 : 0.95,
    verdict: (block) => verdictOfAll(interval.conjuncts.map((conjunct) => zoneVerdict(conjunct, scope, block))),
    select(batch) {
      const values = source.values(batch);
      if (usesMemory(batch, memory)) return memory.selectBetween(values, interval, batch.rows);
      const { least, most } = interval;
      return selectBetween({ values, least, most }, batch.rows, positions);
    },
    ...(memory !== undefined &&
      source.stable && { test: (batch) => ({ kind: "numbers", values: source.values(batch), interval }) }),
  };
}

/** What can be answered by the code of one dictionary. */
function answerSelector(conjunct: Predicate, scope: Scope, positions: Uint32Array): Selector | undefined {
  const lifted = liftToDictionary(conjunct, scope, bindTruth);
  if (lifted === undefined) return undefined;
  const { source, table } = lifted;
  const { memory } = scope;
  const at = memory?.arena.allocate(table.length) ?? 0;
  memory?.arena.bytes(at, table.length).set(table);
  const answers = table.reduce((sum, answer) => sum + (answer & 1), 0);
  const skips = scope.shortcuts.has("zone-maps");
  const between = rangeOfAnswers(table);
  const test = ({ codes }: { readonly codes: Int32Array }): RowTest =>
    between === undefined ? { kind: "answers", codes, table: at } : { kind: "between", codes, between };
  return {
    share: answers / table.length,
    verdict(block) {
      const verdict = zoneVerdict(conjunct, scope, block);
      return verdict === "some" && skips ? answerVerdict(source, table, block) : verdict;
    },
    select(batch) {
      const codes = source.codes(batch);
      if (usesMemory(batch, memory)) return memory.selectMapped(codes, at, batch.rows);
      return selectMapped({ codes, table }, batch.rows, positions);
    },
    ...(memory !== undefined && source.stable === true && { test: (batch) => test({ codes: source.codes(batch) }) }),
  };
}

/** Codes of a block that are looked at for a verdict, at most. */
const MOST_ANSWERS = 256;

/** Whether the codes that a block may hold have one answer. */
function answerVerdict(source: CodeSource, table: Uint8Array, block: number): Verdict {
  const stats = source.stats?.(block);
  if (stats === undefined || stats.max - stats.min >= MOST_ANSWERS) return "some";
  let [yes, no] = [0, 0];
  const note = (answer: number | undefined): void => {
    if (answer === 1) yes += 1;
    else no += 1;
  };
  if (stats.nulls > 0) note(table[0]);
  for (let code = stats.min; code <= stats.max; code += 1) note(table[code + 1]);
  return yes === 0 ? "none" : no === 0 ? "all" : "some";
}

/** A bool column of the table without nulls, or that compared with true. */
function flagSelector(conjunct: Predicate, scope: Scope, positions: Uint32Array): Selector | undefined {
  const operand = conjunct.kind === "compare" && isTrue(conjunct) ? conjunct.left : conjunct;
  if (operand.kind !== "column" || operand.type !== "bool" || operand.table !== scope.table.name) return undefined;
  const column = scope.column(operand);
  if (column.type !== "bool" || column.nulls > 0) return undefined;
  const { memory } = scope;
  return {
    share: 0.9,
    verdict(block) {
      if (!scope.shortcuts.has("zone-maps")) return "some";
      const { min, max } = column.blocks[block]?.stats ?? { min: 0, max: 1 };
      return min === max ? (min === 1 ? "all" : "none") : "some";
    },
    select(batch) {
      const flags = column.blocks[batch.block]?.values ?? new Uint8Array(batch.length);
      if (usesMemory(batch, memory)) return memory.selectBytes(flags, batch.rows);
      return selectTrue(flags, batch.rows, positions);
    },
    ...(memory !== undefined && {
      test: ({ block, length }) => ({ kind: "flags", flags: column.blocks[block]?.values ?? new Uint8Array(length) }),
    }),
  };
}

function isTrue({ op, right }: Compare): boolean {
  return op === "=" && right.kind === "literal" && right.value === true;
}

function truthSelector(conjunct: Predicate, scope: Scope, positions: Uint32Array): Selector {
  const truth = bindTruth(conjunct, scope);
  const truths = new Uint8Array(scope.batchRows);
  const { memory } = scope;
  return {
    share: undefined,
    verdict: (block) => zoneVerdict(conjunct, scope, block),
    select(batch) {
      truth(batch, truths);
      if (usesMemory(batch, memory)) return memory.selectBytes(truths, batch.rows);
      return selectTrue(truths, batch.rows, positions);
    },
  };
}
