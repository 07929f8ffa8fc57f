// Equality of typed arrays in tests that compare very many: toEqual visits numbers one by one and takes longer than what is
// tested, so it is asked for its report of a difference only. Called by tests of digests and scanners.

import { expect } from "vitest";

/** Fails unless both are of one kind and hold the same bits: stricter than toEqual, for NaN and -0 too. */
export function expectArray<T extends NodeJS.TypedArray>(actual: T, expected: T): void {
  if (actual.constructor === expected.constructor && bytesOf(actual).equals(bytesOf(expected))) return;
  expect(actual).toEqual(expected);
  expect.fail("the arrays differ in bits that toEqual does not tell apart");
}

function bytesOf({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
