// The fast scanner against scan.ts: the same verdicts and the same tapes, on documents by grammar, damaged ones, every
// document of JSONTestSuite, and texts that put quotes, backslashes and brackets at every place of a block of 64 bytes.
// Also the pitfalls of the method: no room for the index, the first key of an object, depth, memory that grows.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ScanOptions, tryScanDocument } from "../../src/json/scan.ts";
import { releaseInstance, SimdScanner, simdInstance } from "../../src/json/simd.ts";
import { Tape } from "../../src/json/tape.ts";
import { expectArray } from "../support/expect-array.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";
import { sharedPath } from "../support/shared.ts";
import { documentText, mutate, mutation, traceText } from "./json-arbitraries.ts";
import { OPTIONS, utf8 } from "./tape-value.ts";

const instance = simdInstance();
if (instance === undefined) throw new Error("this Node has no WebAssembly SIMD");
const simd = new SimdScanner(instance);
const reference = new Tape();

function expectSameTape(actual: Tape, expected: Tape): void {
  same(actual.count, expected.count);
  for (const part of ["kinds", "starts", "ends", "nexts"] as const) {
    expectArray<NodeJS.TypedArray>(actual[part].subarray(0, actual.count), expected[part].subarray(0, expected.count));
  }
}

/** Fails unless the fast scanner gives the tape of scan.ts, or declines what that refuses. True when it was accepted. */
function expectSameScan(
  bytes: Uint8Array,
  range = { start: 0, end: bytes.length },
  options: ScanOptions = OPTIONS,
): boolean {
  const fault = tryScanDocument(bytes, range, options, reference);
  const accepted = simd.scan(bytes, range.start, range.end, options);
  if (accepted !== (fault === undefined)) expect.fail(`${accepted}, but ${fault?.message}: ${Buffer.from(bytes)}`);
  if (accepted) expectSameTape(simd.tape, reference);
  return accepted;
}

describe("the fast scanner", () => {
  it("makes the tape of documents by grammar", () => {
    fc.assert(
      fc.property(documentText, fc.nat(70), (text, before) => {
        const bytes = utf8(" ".repeat(before) + text + "]".repeat(before));
        const end = bytes.length - before;
        expect(expectSameScan(bytes, { start: before, end })).toBe(true);
      }),
      { numRuns: runs(1_500, 3_000) },
    );
  });

  it("gives the same verdict and tape for damaged documents", () => {
    let accepted = 0;
    let total = 0;
    fc.assert(
      fc.property(
        fc.oneof(documentText, traceText),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (text, damages) => {
          total += 1;
          if (expectSameScan(damages.reduce(mutate, utf8(text)))) accepted += 1;
        },
      ),
      { numRuns: runs(10_000, 20_000) },
    );
    expect(accepted / total).toBeGreaterThan(0.1);
    expect(accepted / total).toBeLessThan(0.9);
  });

  it("reads strings wherever their quotes, escapes and bad bytes fall in a block", () => {
    const insides = [
      "",
      "a",
      '\\"',
      "\\\\",
      "\\\\\\",
      "\\u00e9",
      "\\u00g9",
      "\\x",
      "\n",
      "\u0000",
      "é",
      "€",
      "😀",
      "{[",
      "}",
      "\x7f",
    ];
    for (const inside of insides) {
      for (let at = 0; at < 140; at += 1) {
        expectSameScan(utf8(`["${"x".repeat(at)}${inside}"]`));
        expectSameScan(utf8(`{"k":${" ".repeat(at)}"${inside}", "${inside}" : [1]}`));
        expectSameScan(utf8(`["${"\\\\".repeat(at)}${inside}"]`));
      }
    }
  });

  it("ties the first key to its bracket, and every token to its place", () => {
    const bad = [
      '{x"a":1}',
      '{"a"x:1}',
      '{"a":1x}',
      '["a"x]',
      '["a""b"]',
      "[1 2]",
      '{"a":1,}',
      '{"a" 1}',
      "[1,]",
      "[]]",
      "[}",
      '{"a":}',
      "\\[]",
      '[\\"a"]',
    ];
    for (const text of bad) expect(expectSameScan(utf8(text)), text).toBe(false);
  });

  it("refuses bytes that are no UTF-8, in strings and between them", () => {
    for (const bytes of [[0x80], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]) {
      for (const pad of [0, 50, 61, 62, 63, 64]) {
        expect(expectSameScan(Buffer.from([...utf8(`["${"x".repeat(pad)}`), ...bytes, ...utf8('"]')]))).toBe(false);
        expect(expectSameScan(Buffer.from([...utf8("["), ...bytes, ...utf8("]")]))).toBe(false);
      }
    }
  });

  it("keeps the depth limit", () => {
    for (const depth of [1, 9, 10, 11]) {
      const text = "[".repeat(depth) + "]".repeat(depth);
      expect(expectSameScan(utf8(text), undefined, { maxDepth: 10, allowNan: false })).toBe(depth <= 10);
    }
  });

  it("declines what its index has no room for, and reads on", () => {
    const own = simdInstance();
    if (own === undefined) return;
    const scanner = new SimdScanner(own);
    const dense = utf8(`${"[".repeat(2 ** 17)}${"]".repeat(2 ** 17)}`);
    expect(scanner.scan(dense, 0, dense.length, { maxDepth: 1_000_000, allowNan: false })).toBe(false);
    const behind = utf8('{"after":[1,2,3]}');
    expect(scanner.scan(behind, 0, behind.length, OPTIONS)).toBe(true);
    const numbers = utf8(`[${"1,".repeat(100_000)}1]`);
    expect(tryScanDocument(numbers, { start: 0, end: numbers.length }, OPTIONS, reference)).toBe(undefined);
    if (simd.scan(numbers, 0, numbers.length, OPTIONS)) expectSameTape(simd.tape, reference);
    expectSameScan(utf8('{"after":[1,2,3]}'));
  });

  it("takes its views anew when memory grows", () => {
    const own = simdInstance();
    if (own === undefined) return;
    const scanner = new SimdScanner(own);
    for (const length of [10, 300_000, 20, 3_000_000, 30]) {
      const bytes = utf8(`{"text":"${"x".repeat(length)}","list":[1,true,null]}`);
      tryScanDocument(bytes, { start: 0, end: bytes.length }, OPTIONS, reference);
      expect(scanner.scan(bytes, 0, bytes.length, OPTIONS)).toBe(true);
      expectSameTape(scanner.tape, reference);
    }
  });

  it("declines NaN and Infinity, allowed or not", () => {
    for (const text of ["[NaN]", "[Infinity]", "[-Infinity]"]) {
      const bytes = utf8(text);
      expect(simd.scan(bytes, 0, bytes.length, { maxDepth: 10, allowNan: true })).toBe(false);
    }
  });
});

const SUITE = sharedPath("JSONTestSuite/test_parsing");

describe("memory of an instance that was released", () => {
  const made = (reuses: boolean) => simdInstance({ reuses })!;

  it("goes to the next one that reuses, and to one alone", () => {
    const [first, second] = [made(false), made(false)];
    releaseInstance(first);
    releaseInstance(second);
    expect(made(false).memory.buffer).not.toBe(second.memory.buffer);
    expect(made(true).memory.buffer).toBe(second.memory.buffer);
    expect([first.memory.buffer, second.memory.buffer]).not.toContain(made(true).memory.buffer);
  });

  it("is zero where it is given anew, also when an instance between has used less", () => {
    const bytes = 2 ** 20;
    const first = made(false);
    const at = first.allocate(bytes);
    new Uint8Array(first.memory.buffer, at, bytes).fill(255);
    releaseInstance(first);
    releaseInstance(made(true));
    const last = made(true);
    expect(last.memory.buffer).toBe(first.memory.buffer);
    const given = new Uint8Array(last.memory.buffer, last.allocate(bytes), bytes);
    expect(given.every((byte) => byte === 0)).toBe(true);
  });
});

describe.skipIf(SUITE === undefined)("the fast scanner on JSONTestSuite (skipped: ../shared is absent)", () => {
  it("agrees on every document, also as the value of a member", () => {
    const verdicts = readdirSync(SUITE ?? "").map((name) => {
      const bytes = new Uint8Array(readFileSync(`${SUITE}/${name}`));
      expectSameScan(Buffer.concat([utf8('{"trace_id":"a","x":'), bytes, utf8("}")]));
      return expectSameScan(bytes);
    });
    expect(verdicts.length).toBe(318);
  });
});
