// JSON output: Python's two-blank layout, exact numbers, streaming, and the same values when read back.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JsonValue, renderJson, renderJsonLines } from "../../src/render/json.ts";
import { hostileText, UNSAFE } from "../support/hostile.ts";
import { runs } from "../support/runs.ts";

const json = (value: JsonValue) => [...renderJson(value)].join("");

describe("renderJson", () => {
  it("indents by two blanks and writes empty parts on one line", () => {
    expect(json({ a: [1, { b: [], c: {} }], d: "x" })).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": [],\n      "c": {}\n    }\n  ],\n  "d": "x"\n}\n',
    );
    expect(json({})).toBe("{}\n");
    expect(json([])).toBe("[]\n");
    expect(json({ left: undefined })).toBe("{}\n");
  });

  it("X020a: writes non-finite numbers as null, bigint exactly, a negative zero as 0", () => {
    expect([...renderJsonLines([{ values: [Number.NaN, Infinity, -Infinity, -0] }])].join("")).toBe(
      '{"values": [null, null, null, 0]}\n',
    );
    expect(json([Number.NaN, Infinity, -Infinity, -0, 9223372036854775807n, 1e-323, 0.1])).toBe(
      "[\n  null,\n  null,\n  null,\n  0,\n  9223372036854775807,\n  1e-323,\n  0.1\n]\n",
    );
  });

  it("yields an iterable piece by piece, without reading ahead", () => {
    let made = 0;
    const points = {
      *[Symbol.iterator]() {
        for (; made < 1_000_000; made++) yield { value: made };
      },
    };
    const pieces = renderJson({ data_points: points });
    for (let piece = 0; piece < 10; piece++) pieces.next();
    expect(made).toBeLessThan(10);
  });

  it("is read back as the same value, in both layouts, and is safe on a terminal", () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (x === 0 ? 0 : x)),
        hostileText,
        fc.array(tie("any"), { maxLength: 4 }),
        fc.dictionary(hostileText, tie("any"), { maxKeys: 4 }),
      ),
    })).any as fc.Arbitrary<JsonValue>;
    fc.assert(
      fc.property(value, (given) => {
        const pretty = json(given);
        const [line] = [...renderJsonLines([given])];
        expect(JSON.parse(pretty)).toEqual(JSON.parse(JSON.stringify(given)));
        expect(JSON.parse(line ?? "")).toEqual(JSON.parse(pretty));
        expect(pretty).not.toMatch(UNSAFE);
      }),
      { numRuns: runs(1_000) },
    );
  });
});

describe("renderJsonLines", () => {
  it("writes one line a value", () => {
    expect([...renderJsonLines([{ a: 1, b: "x\ny" }, [], "é"])]).toEqual(['{"a": 1, "b": "x\\ny"}\n', "[]\n", '"é"\n']);
  });
});
