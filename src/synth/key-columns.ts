// A table of traces whose text columns have as many distinct values as one asks for: how cost grows with groups.
// Called by benches. What must stay true: every key is drawn uniformly, each column from a stream of its own, so that a
// column's values do not depend on those beside it.

import type { Table } from "../columns/table.ts";
import { TableBuilder } from "../columns/table-builder.ts";
import { NumberedTexts } from "./coded-texts.ts";
import { Random } from "./random.ts";
import { DURATION } from "./shapes.ts";

/** What to generate. */
export interface KeysOptions {
  /** Whole number in [0, 2^31). */
  readonly rows: number;
  /** Whole number in [0, 2^53). */
  readonly seed: number;
  /** Texts to draw from, at least 1, by the name of a text column of traces. */
  readonly distinct: ReadonlyMap<string, number>;
}

const FIRST_STREAM = 21;
const DIGITS = 7;

/** Traces with those text columns, such as `user-0000042`, and `execution_duration_ms`. Throws E_MEMORY. */
export function generateKeys({ rows, seed, distinct }: KeysOptions): Table {
  const wanted = new Set([...distinct.keys(), "execution_duration_ms"]);
  const table = new TableBuilder("traces", { wanted, maxColumns: 0 });
  const durations = table.integer("execution_duration_ms");
  const random = new Random(seed, FIRST_STREAM);
  const { median, sigma } = DURATION.traceMs;
  for (let row = 0; row < rows; row += 1) durations?.set(row, Math.floor(random.logNormal(median, sigma)));
  [...distinct].forEach(([name, count], at) => {
    const texts = new NumberedTexts(
      table.dictionary(name),
      (number) => `${name}-${String(number).padStart(DIGITS, "0")}`,
    );
    random.reseed(seed, FIRST_STREAM + 1 + at, 0);
    for (let row = 0; row < rows; row += 1) texts.set(row, random.below(count));
  });
  table.rows = rows;
  return table.seal();
}
