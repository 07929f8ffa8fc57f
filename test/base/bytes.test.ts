// A copy is one for Buffers and shared memory too.

import { expect, it } from "vitest";
import { copyOf } from "../../src/base/bytes.ts";

it.each([
  ["an array", new Uint8Array([1, 2, 3, 4])],
  ["a Buffer", Buffer.from([1, 2, 3, 4])],
  ["shared memory", new Uint8Array(new SharedArrayBuffer(4)).map((_, i) => i + 1)],
])("copies from %s", (_, bytes) => {
  const copy = copyOf(bytes, 1, 3);
  bytes.fill(9);
  expect([...copy]).toEqual([2, 3]);
  expect(copy.buffer).toBeInstanceOf(ArrayBuffer);
});
