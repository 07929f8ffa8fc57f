// Random selections of the rows of a block, for kernel tests.

import fc from "fast-check";
import type { Selection } from "../../src/kernels/select.ts";

/** All rows of a block of `length` rows, or some. */
export function selectionOf(length: number): fc.Arbitrary<Selection> {
  const some = fc.array(fc.boolean(), { minLength: length, maxLength: length }).map((keep): Selection => {
    const positions = Uint32Array.from(keep.flatMap((kept, row) => (kept ? [row] : [])));
    return { positions, count: positions.length };
  });
  return fc.oneof(fc.constant<Selection>({ positions: undefined, count: length }), some);
}

/** The rows of a selection. */
export function rowsOf({ positions, count }: Selection): number[] {
  return Array.from({ length: count }, (_, i) => positions?.[i] ?? i);
}

/** Numbers as columns hold them: ties, NaN for null, both zeros, extremes. */
export const cellNumber: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, -0, 1, 2, -1, 1.5, Number.NaN) },
  { weight: 1, arbitrary: fc.double({ noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 53, -(2 ** 53), Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324) },
);
