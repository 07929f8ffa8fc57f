// Comparisons and lists of numbers where float64 would round: columns that hold int64, and whole numbers past 2^53.
// Called by leaf-predicates.ts. What must stay true: the answer is that of exact arithmetic, whichever side is which type;
// a missing operand gives unknown.

import { invariant } from "../base/assert.ts";
import { type CompareOp, compareInt64, compareInt64s, FLIPPED } from "../kernels/compare.ts";
import { compareInt64Numbers, Int64Table } from "../kernels/int64.ts";
import type { Compare, InList, Literal } from "../plan/expr.ts";
import { bindIntegers, type Int64Source } from "./integers.ts";
import type { TruthSource } from "./lift.ts";
import { bindNumber, type NumberSource } from "./numbers.ts";
import type { Scope } from "./scope.ts";

/** Lies beyond every int64. */
const BEYOND = 2n ** 64n;

/** A comparison of numbers of which a side holds int64, a literal standing right; undefined when none does. */
export function compareIntegers({ op, left, right }: Compare, scope: Scope): TruthSource | undefined {
  const integers = bindIntegers(left, scope);
  if (right.kind === "literal") {
    if (integers === undefined) return undefined;
    const bound = integerBound(op, numberOf(right));
    return (batch, out) => compareInt64({ ...integers.values(batch), ...bound }, batch.rows, out);
  }
  const others = bindIntegers(right, scope);
  if (integers === undefined) {
    return others && compareMixed({ left: others, op: FLIPPED[op], right: bindNumber(left, scope) });
  }
  if (others === undefined) return compareMixed({ left: integers, op, right: bindNumber(right, scope) });
  return (batch, out) =>
    compareInt64s({ left: integers.values(batch), op, right: others.values(batch) }, batch.rows, out);
}

function compareMixed(what: {
  readonly left: Int64Source;
  readonly op: CompareOp;
  readonly right: NumberSource;
}): TruthSource {
  const { left, op, right } = what;
  return (batch, out) =>
    compareInt64Numbers({ left: left.values(batch), op, right: right.values(batch) }, batch.rows, out);
}

/** The value of a literal of type number that is not null. */
export function numberOf({ value }: Literal): number | bigint {
  invariant(typeof value === "number" || typeof value === "bigint", "a number");
  return value;
}

/** Whether a comparison of two constants holds; null when one is NaN. */
export function constantOrder(op: CompareOp, left: number | bigint, right: number | bigint): boolean | null {
  if (Number.isNaN(left) || Number.isNaN(right)) return null;
  switch (op) {
    case "=":
      return !(left < right || left > right);
    case "!=":
      return left < right || left > right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}

/** What an integer is to be compared with, for `integer op value`; `value` not NaN. */
function integerBound(op: CompareOp, value: number | bigint): { op: CompareOp; literal: bigint } {
  if (typeof value === "bigint") return { op, literal: value };
  if (!Number.isFinite(value)) return { op, literal: value > 0 ? BEYOND : -BEYOND };
  if (Number.isInteger(value)) return { op, literal: BigInt(value) };
  switch (op) {
    case "=":
    case "!=":
      return { op, literal: BEYOND };
    case "<":
    case "<=":
      return { op: "<=", literal: BigInt(Math.floor(value)) };
    case ">":
    case ">=":
      return { op: ">=", literal: BigInt(Math.ceil(value)) };
  }
}

/** What a float64 is to be compared with, for `number op value`: a whole number that float64 does not have lies between two. */
export function numberBound(op: CompareOp, value: number | bigint): { op: CompareOp; literal: number } {
  const near = Number(value);
  if (typeof value === "number" || (Number.isFinite(near) && BigInt(near) === value)) return { op, literal: near };
  const isAbove = near > value;
  switch (op) {
    case "=":
      return { op: "<", literal: Number.NEGATIVE_INFINITY };
    case "!=":
      return { op: ">=", literal: Number.NEGATIVE_INFINITY };
    case "<":
    case "<=":
      return { op: isAbove ? "<" : "<=", literal: near };
    case ">":
    case ">=":
      return { op: isAbove ? ">=" : ">", literal: near };
  }
}

/** `operand IN (numbers)` of an operand that holds int64; undefined when it does not. */
export function integersIn({ operand, values }: InList, scope: Scope): TruthSource | undefined {
  const integers = bindIntegers(operand, scope);
  if (integers === undefined) return undefined;
  const list = new Int64Table();
  for (const value of values) {
    if (typeof value === "string" || (typeof value === "number" && !Number.isInteger(value))) continue;
    const exact = BigInt(value);
    if (BigInt.asIntN(64, exact) === exact) list.add(exact);
  }
  return (batch, out) => list.has(integers.values(batch), batch.rows, out);
}
