// Escapes decode to the text they came from; floats are spelled as Python spells them.

import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeInner, escapeOuter, pythonFloat } from "../../src/synth/json-escape.ts";
import { runs } from "../support/runs.ts";

test("escaped text is ASCII where it should be, and decodes to itself", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(JSON.parse(`"${escapeInner(text)}"`)).toBe(text);
      expect(JSON.parse(`"${escapeOuter(text)}"`)).toBe(text);
      expect(escapeOuter(text)).toMatch(/^[ -~]*$/);
    }),
    { numRuns: runs(200) },
  );
});

// Expected texts were printed by Python 3.11's repr.
test.each([
  [0, "0.0"],
  [1, "1.0"],
  [-3, "-3.0"],
  [0.25, "0.25"],
  [0.0001, "0.0001"],
  [0.00005, "5e-05"],
  [0.000012345, "1.2345e-05"],
  [1.5e-7, "1.5e-07"],
  [1e-12, "1e-12"],
  [0.1 + 0.2, "0.30000000000000004"],
  [123456789.125, "123456789.125"],
])("pythonFloat(%d) is %s", (value, text) => {
  expect(pythonFloat(value)).toBe(text);
});
