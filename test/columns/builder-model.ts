// Random sequences of calls to a builder, beside a plain model of what it must hold. Called by the builder tests.

import fc from "fast-check";
import type { Column } from "../../src/columns/column.ts";
import { type Cell, readColumn } from "./read-column.ts";

/** What all builders share, with `set` and `get` bound to one kind of value. */
export interface Subject<V> {
  set(row: number, value: V): void;
  /** Sets many rows at once, undefined to null; absent: they are set one by one. */
  setMany?(row: number, values: readonly (V | undefined)[]): void;
  get(row: number): V | undefined;
  truncate(rows: number): void;
  seal(rows: number): Column;
  readonly sizeBytes: number;
}

/** One call, or a run of calls. */
export type Step<V> =
  | { readonly kind: "set"; readonly gap: number; readonly value: V }
  | { readonly kind: "run"; readonly length: number; readonly values: readonly V[] }
  | {
      readonly kind: "rows";
      readonly gap: number;
      readonly length: number;
      readonly values: readonly (V | undefined)[];
    }
  | { readonly kind: "overwrite"; readonly value: V }
  | { readonly kind: "truncate"; readonly back: number };

/** Gaps and runs reach over one block and more, now and then exactly to its edge. */
export function steps<V>(value: fc.Arbitrary<V>): fc.Arbitrary<Step<V>[]> {
  const far = fc.oneof(fc.integer({ min: 0, max: 150_000 }), fc.constantFrom(65_534, 65_535, 65_536, 65_537));
  const near = fc.integer({ min: 0, max: 5 });
  const distance = fc.oneof({ weight: 6, arbitrary: near }, { weight: 1, arbitrary: far });
  const step = fc.oneof<fc.Arbitrary<Step<V>>[]>(
    fc.record({ kind: fc.constant("set" as const), gap: distance, value }),
    fc.record({
      kind: fc.constant("run" as const),
      length: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 200 }) }, { weight: 1, arbitrary: far }),
      values: fc.array(value, { minLength: 1, maxLength: 5 }),
    }),
    fc.record({
      kind: fc.constant("rows" as const),
      gap: distance,
      length: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 2000 }) }, { weight: 1, arbitrary: far }),
      values: fc.array(fc.option(value, { nil: undefined }), { minLength: 1, maxLength: 5 }),
    }),
    fc.record({ kind: fc.constant("overwrite" as const), value }),
    fc.record({ kind: fc.constant("truncate" as const), back: distance }),
  );
  return fc.array(step, { maxLength: 24 });
}

/** Runs the steps on the builder and on a plain array; throws when they differ. Gives the sealed column and the model. */
export function runModel<V extends Cell>(
  subject: Subject<V>,
  program: readonly Step<V>[],
  trailing: number,
): { column: Column; model: Cell[] } {
  const model: (V | undefined)[] = [];
  const put = (row: number, value: V | undefined): void => {
    // Without holes, which make an array of so many rows slow.
    while (model.length < row) model.push(undefined);
    model[row] = value;
  };
  let rows = 0;
  const set = (row: number, value: V): void => {
    subject.set(row, value);
    put(row, value);
    rows = Math.max(rows, row + 1);
  };
  const setMany = (from: number, values: readonly (V | undefined)[]): void => {
    subject.setMany?.(from, values);
    values.forEach((value, i) => {
      if (value !== undefined && subject.setMany === undefined) subject.set(from + i, value);
      put(from + i, value);
    });
    rows = from + values.length;
  };
  for (const step of program) {
    if (step.kind === "rows") {
      setMany(
        rows + step.gap,
        Array.from({ length: step.length }, (_, i) => step.values[i % step.values.length]),
      );
    }
    if (step.kind === "set") set(rows + step.gap, step.value);
    if (step.kind === "overwrite" && rows > 0) set(rows - 1, step.value);
    if (step.kind === "run") {
      for (let i = 0; i < step.length; i += 1) set(rows, step.values[i % step.values.length] as V);
    }
    if (step.kind === "truncate") {
      const kept = Math.max(0, rows - step.back);
      subject.truncate(kept);
      model.length = Math.min(model.length, kept);
      rows = kept;
    }
    for (const row of [rows - 1, rows - 2, Math.floor(rows / 2), 0]) {
      if (row >= 0) same(subject.get(row), model[row], () => `get(${row}) of ${rows}`);
    }
  }
  const total = rows + trailing;
  const column = subject.seal(total);
  const cells = readColumn(column);
  while (model.length < total) model.push(undefined);
  for (let row = 0; row < total; row += 1) same(cells[row], model[row], () => `row ${row} of ${total}`);
  return { column, model };
}

function same(actual: Cell, expected: Cell, where: () => string): void {
  const equal =
    Array.isArray(actual) && Array.isArray(expected)
      ? actual[0] === expected[0] && actual[1] === expected[1]
      : Object.is(actual, expected);
  if (!equal) throw new Error(`${where()}: ${String(actual)}, not ${String(expected)}`);
}
