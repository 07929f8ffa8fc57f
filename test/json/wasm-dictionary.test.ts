// The dictionary in WebAssembly: as many numbers as texts, though some texts of these many have one hash.

import { expect, it } from "vitest";
import { simdInstance } from "../../src/json/simd.ts";

const TEXTS = 120_000;

it.each([6, 16, 23, 33, 70])("numbers %i characters by all of them", (length) => {
  const instance = simdInstance();
  if (instance === undefined) throw new Error("this Node has no WebAssembly SIMD");
  const dictionary = instance.newDictionary();
  const at = instance.allocate(128);
  // Digits in the middle: texts that are alike at both ends.
  const first = at + Math.max(0, Math.floor(length / 2) - 3);
  let bytes = new Uint8Array(instance.memory.buffer);
  bytes.fill(0x61, at, at + length);
  for (const round of [1, 2]) {
    for (let text = 0; text < TEXTS; text += 1) {
      // Memory that has grown leaves the old view empty.
      if (bytes.length === 0) bytes = new Uint8Array(instance.memory.buffer);
      for (let rest = text, digit = 0; digit < 6; digit += 1, rest = Math.floor(rest / 10))
        bytes[first + digit] = 0x30 + (rest % 10);
      if (instance.numberOf(dictionary, at, length) !== text) expect.fail(`${text} in round ${round}`);
    }
  }
});
