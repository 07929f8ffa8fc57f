// THE list of scalar and aggregate functions: name, types, null rule, doc.
// Read by the front ends, binding, exec and the docs. A new function is one entry here, one kernel, one test.

/**
 * Type of a scalar expression. `number`: float64, or the exact integers of an `integer` column; `int64`: exact ns; `text`:
 * UTF-8 text; `bool`.
 */
export type ValueType = "number" | "int64" | "text" | "bool";

interface FunctionEntry {
  readonly args: readonly ValueType[];
  readonly result: ValueType;
  /** `strict`: a null argument gives null. `never`: the result is never null. */
  readonly nulls: "strict" | "never";
  readonly doc: string;
}

/** Functions that give one value a row. */
export const FUNCTIONS = {
  add: { args: ["number", "number"], result: "number", nulls: "strict", doc: "sum of two numbers" },
  or_zero: { args: ["number"], result: "number", nulls: "never", doc: "the number, or 0 where it is missing" },
  to_number: {
    args: ["text"],
    result: "number",
    nulls: "strict",
    doc: "the number that a text spells in JSON's form, else null",
  },
  lower: { args: ["text"], result: "text", nulls: "strict", doc: "ASCII letters in lower case" },
} as const satisfies Record<string, FunctionEntry>;

/** Name of a scalar function. */
export type FunctionName = keyof typeof FUNCTIONS;

interface AggregateEntry {
  readonly args: readonly ValueType[];
  /** The value over no rows. */
  readonly empty: 0 | null;
  readonly doc: string;
}

/** Functions that give one value a group. Missing inputs are skipped by all of them. */
export const AGGREGATES = {
  count_rows: { args: [], empty: 0, doc: "number of rows" },
  count: { args: ["number"], empty: 0, doc: "number of rows whose input, of any type, is there" },
  count_distinct: { args: ["text"], empty: 0, doc: "number of distinct inputs of any type" },
  sum: { args: ["number"], empty: null, doc: "compensated sum (Neumaier); of int64 exact, or E_OVERFLOW" },
  avg: { args: ["number"], empty: null, doc: "compensated sum over count" },
  min: { args: ["number"], empty: null, doc: "smallest input" },
  max: { args: ["number"], empty: null, doc: "largest input" },
  percentile: {
    args: ["number"],
    empty: null,
    doc: "type 7 (Hyndman and Fan 1996), exact by selection, or from a t-digest",
  },
  sum_error: { args: ["number"], empty: null, doc: "what the sum lacks by rounding; sum and error together merge" },
  digest: { args: ["number"], empty: null, doc: "the t-digest of the inputs, as bytes" },
  digest_wide: { args: ["number"], empty: null, doc: "1 where magnitudes span too much for a t-digest, else 0" },
} as const satisfies Record<string, AggregateEntry>;

/** Name of an aggregate function. */
export type AggregateName = keyof typeof AGGREGATES;
