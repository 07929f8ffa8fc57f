// Equality for loops that compare tens of thousands of values: each call of vitest's expect() takes longer than what such a
// loop compares, so it is called for its report of a difference alone. Called by tests of every folder.

import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";

/** Fails where `expect(actual, what).toEqual(expected)` does; for texts, numbers and truth values that is toBe(). */
export function same<T>(actual: T, expected: T, what?: string): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, what).toEqual(expected);
}
