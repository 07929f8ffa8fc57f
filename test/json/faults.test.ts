// Refusals of the scanner: the code, the exact byte (G16), the limit of depth, non-finite tokens, and what a message says.

import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cursor } from "../../src/json/cursor.ts";
import { JsonError, scanDocument, scanFile, tryScanDocument } from "../../src/json/scan.ts";
import { NodeKind, Tape } from "../../src/json/tape.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";
import { traceText } from "./json-arbitraries.ts";
import { OPTIONS, refusal, utf8, valueAt } from "./tape-value.ts";

const NAN_OPTIONS = { maxDepth: 1000, allowNan: true } as const;

function messageOf(text: string): string {
  const bytes = utf8(text);
  return tryScanDocument(bytes, { start: 0, end: bytes.length }, OPTIONS, new Tape())?.message ?? "accepted";
}

describe("exact byte of a fault", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", "E_JSON_SYNTAX@0"],
    [" \n", "E_JSON_SYNTAX@2"],
    ["{} x", "E_JSON_SYNTAX@3"],
    ["1 2", "E_JSON_SYNTAX@2"],
    ["[1,]", "E_JSON_SYNTAX@3"],
    ["[,1]", "E_JSON_SYNTAX@1"],
    ['{"a":1,}', "E_JSON_SYNTAX@7"],
    ['{"a" 1}', "E_JSON_SYNTAX@5"],
    ["{a:1}", "E_JSON_SYNTAX@1"],
    ["[1}", "E_JSON_SYNTAX@2"],
    ['{"a":1]', "E_JSON_SYNTAX@6"],
    ["]", "E_JSON_SYNTAX@0"],
    ["01", "E_JSON_SYNTAX@1"],
    ["[-a]", "E_JSON_SYNTAX@2"],
    ["[1.]", "E_JSON_SYNTAX@3"],
    ["[1e+]", "E_JSON_SYNTAX@4"],
    ["[.5]", "E_JSON_SYNTAX@1"],
    ["[+1]", "E_JSON_SYNTAX@1"],
    ["truth", "E_JSON_SYNTAX@3"],
    ["nul", "E_TRUNCATED@3"],
    ["-", "E_TRUNCATED@1"],
    ["2.", "E_TRUNCATED@2"],
    ['"a\\x"', "E_JSON_SYNTAX@3"],
    ['"\\u12g4"', "E_JSON_SYNTAX@5"],
    ['"a\tb"', "E_JSON_SYNTAX@2"],
    ['"a\\', "E_TRUNCATED@3"],
    ['{"a":', "E_TRUNCATED@5"],
    ['{"a"', "E_TRUNCATED@4"],
    ["[NaN]", "E_JSON_NONFINITE@1"],
    ["[-Infinity]", "E_JSON_NONFINITE@1"],
    ["[Infinit]", "E_JSON_SYNTAX@1"],
    ["[-Inf]", "E_JSON_SYNTAX@2"],
    ["[-NaN]", "E_JSON_SYNTAX@2"],
    ["[nan]", "E_JSON_SYNTAX@2"],
    ["\ufeff{}", "E_JSON_SYNTAX@0"],
    ["{}\0", "E_JSON_SYNTAX@2"],
  ];
  it.each(cases)("%j is %s", (text, expected) => {
    expect(refusal(utf8(text))).toBe(expected);
  });

  it("counts from the start of the bytes, not of the range", () => {
    const bytes = utf8('{"a":1}\n{"a":?}\n');
    expect(() => scanDocument(bytes, { start: 8, end: 15 }, OPTIONS, new Tape())).toThrow(
      expect.objectContaining({ code: "E_JSON_SYNTAX", byte: 13 }),
    );
    expect(() => scanDocument(bytes, { start: 8, end: 13 }, OPTIONS, new Tape())).toThrow(
      expect.objectContaining({ code: "E_TRUNCATED", byte: 13 }),
    );
  });

  it("G16: finds a bad byte that replaces any byte of a record", () => {
    fc.assert(
      fc.property(
        traceText,
        fc.integer({ min: 0, max: 9_999 }),
        fc.constantFrom(0xff, 0xc0, 0xf5, 0x01, 0x00),
        (text, share, bad) => {
          const bytes = utf8(text);
          const place = Math.floor((share / 10_000) * bytes.length);
          bytes[place] = bad;
          const isInsideCharacter = place > 0 && !isUtf8(bytes.subarray(0, place));
          const isString = bad < 0x80 && !isInsideCharacter;
          same(refusal(bytes), `${isString ? "E_JSON_SYNTAX" : "E_UTF8"}@${place}`);
        },
      ),
      { numRuns: runs(2_500, 5_000) },
    );
  });

  it("finds a control character, a quote and a bad byte at every place of short and long strings", () => {
    for (let shift = 0; shift < 9; shift += 1) {
      for (let length = 0; length < 40; length += 1) {
        for (let place = 0; place < length; place += 1) {
          const inside = new Uint8Array(length).fill(0x61);
          const at = shift + 1 + place;
          for (const [byte, expected] of [
            [0x1f, `E_JSON_SYNTAX@${at}`],
            [0x80, `E_UTF8@${at}`],
            [0x20, undefined],
            [0x7f, undefined],
          ] as const) {
            inside[place] = byte;
            const bytes = Buffer.concat([Buffer.alloc(shift, 0x20), utf8('"'), inside, utf8('"')]);
            same(refusal(bytes), expected);
          }
        }
      }
    }
  });
});

describe("UTF-8", () => {
  it("accepts in a string exactly what node:buffer calls UTF-8", () => {
    const tape = new Tape();
    const bytes = new Uint8Array([0x22, 0, 0, 0, 0, 0x61, 0x22]);
    const inside = bytes.subarray(1, 5);
    const edges = [
      0x61, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff,
    ];
    for (let first = 0x80; first < 0x100; first += 1) {
      for (let second = 0x80; second < 0x100; second += 1) {
        for (const third of edges) {
          for (const fourth of [0x61, 0x80, 0xbf, 0xc2]) {
            inside.set([first, second, third, fourth]);
            const fault = tryScanDocument(bytes, { start: 0, end: 7 }, OPTIONS, tape);
            if ((fault === undefined) !== isUtf8(inside)) expect.fail(`wrong verdict on ${inside}`);
            if (fault !== undefined && fault.code !== "E_UTF8") expect.fail(`${fault.code} on ${inside}`);
          }
        }
      }
    }
  });

  it("tells a character that is cut from one that is wrong", () => {
    expect(refusal(Uint8Array.from([0x22, 0xe2, 0x82]))).toBe("E_TRUNCATED@3");
    expect(refusal(Uint8Array.from([0x22, 0xe2, 0x82, 0x22]))).toBe("E_UTF8@3");
    expect(refusal(Uint8Array.from([0x5b, 0xff]))).toBe("E_UTF8@1");
    expect(refusal(utf8("[é]"))).toBe("E_JSON_SYNTAX@1");
  });

  it.each([
    ["utf-16le with a mark", [0xff, 0xfe, 0x7b, 0, 0x7d, 0], "UTF-16LE", 0],
    ["utf-16be with a mark", [0xfe, 0xff, 0, 0x7b, 0, 0x7d], "UTF-16BE", 0],
    ["utf-16le", [0x7b, 0, 0x7d, 0], "UTF-16LE", 1],
    ["utf-16be", [0, 0x7b, 0, 0x7d], "UTF-16BE", 0],
  ])("names %s", (_, list, name, byte) => {
    const bytes = Uint8Array.from(list);
    const fault = tryScanDocument(bytes, { start: 0, end: bytes.length }, OPTIONS, new Tape());
    expect(fault).toEqual({ code: "E_UTF8", byte, message: expect.stringContaining(`looks like ${name}`) });
  });

  it("takes one byte order mark in front of a file only", () => {
    const tape = new Tape();
    scanFile(utf8("\ufeff{}"), OPTIONS, tape);
    expect(tape.starts[0]).toBe(3);
    expect(() => scanFile(utf8("\ufeff\ufeff{}"), OPTIONS, tape)).toThrow(JsonError);
    expect(() => scanFile(utf8("\ufeff"), OPTIONS, tape)).toThrow(
      expect.objectContaining({ code: "E_JSON_SYNTAX", byte: 3 }),
    );
  });
});

describe("depth", () => {
  it("reads 1,000 open brackets and refuses the next one where it stands", () => {
    expect(refusal(utf8("[".repeat(1000) + "]".repeat(1000)))).toBe(undefined);
    expect(refusal(utf8("[".repeat(1001) + "]".repeat(1001)))).toBe("E_DEPTH@1000");
    expect(refusal(utf8(`${'{"a":'.repeat(1000)}1${"}".repeat(1000)}`))).toBe(undefined);
    expect(refusal(utf8(`${'{"a":'.repeat(1000)}[${"}".repeat(1000)}`))).toBe("E_DEPTH@5000");
    expect(refusal(utf8(`[${"[],".repeat(5000)}1]`))).toBe(undefined);
  });

  it("costs no stack", () => {
    const depth = 1_000_000;
    const bytes = utf8("[".repeat(depth) + "]".repeat(depth));
    const tape = new Tape();
    scanDocument(bytes, { start: 0, end: bytes.length }, { maxDepth: depth, allowNan: false }, tape);
    expect(tape.count).toBe(depth);
    expect(refusal(utf8("[".repeat(100_000)))).toBe("E_DEPTH@1000");
  });
});

describe("NaN and Infinity", () => {
  it("become counted nodes when they are allowed", () => {
    const bytes = utf8('[NaN, -Infinity,{"a":Infinity}, 1]');
    const tape = new Tape();
    scanDocument(bytes, { start: 0, end: bytes.length }, NAN_OPTIONS, tape);
    expect(tape.nonfinite).toBe(3);
    expect(tape.kinds[1]).toBe(NodeKind.nonfinite);
    expect(valueAt(new Cursor(bytes, tape), 0)).toEqual([Number.NaN, -Infinity, { a: Infinity }, 1]);
    scanDocument(bytes, { start: 32, end: 33 }, NAN_OPTIONS, tape);
    expect(tape.nonfinite).toBe(0);
  });

  it("are still read to the letter", () => {
    expect(refusal(utf8("[Na]"), NAN_OPTIONS)).toBe("E_JSON_SYNTAX@3");
    expect(refusal(utf8("[-Inf]"), NAN_OPTIONS)).toBe("E_JSON_SYNTAX@5");
    expect(refusal(utf8("[-NaN]"), NAN_OPTIONS)).toBe("E_JSON_SYNTAX@2");
    expect(refusal(utf8("-Infini"), NAN_OPTIONS)).toBe("E_TRUNCATED@7");
    expect(refusal(utf8("[NaNa]"), NAN_OPTIONS)).toBe("E_JSON_SYNTAX@4");
  });
});

describe("messages", () => {
  it("say what was expected and show no control character", () => {
    expect(messageOf("[1 2]")).toBe("expected ',' or ']', found '2'");
    expect(messageOf('{"a":1 \u001b}')).toBe("expected ',' or '}', found 0x1b");
    expect(messageOf("[-Infinity]")).toBe("-Infinity is no JSON number; --allow-nan reads it as null");
    expect(messageOf('"\u0007"')).toBe("a control character (0x07) must be escaped in a string");
    expect(messageOf("{} {}")).toBe("expected nothing more after the document, found '{'");
  });
});
