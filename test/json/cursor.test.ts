// The cursor and nested documents: walking, finding by decoded key, texts, JSON inside JSON inside JSON.

import { describe, expect, it } from "vitest";
import { Cursor } from "../../src/json/cursor.ts";
import { NestedDocument } from "../../src/json/nested.ts";
import { scanDocument } from "../../src/json/scan.ts";
import { NodeKind, Tape } from "../../src/json/tape.ts";
import { OPTIONS, utf8, valueAt } from "./tape-value.ts";

function open(text: string): Cursor {
  const bytes = utf8(text);
  const tape = new Tape();
  scanDocument(bytes, { start: 0, end: bytes.length }, OPTIONS, tape);
  return new Cursor(bytes, tape);
}

describe("tape", () => {
  it("lays nodes out in order, with ranges that include quotes and brackets", () => {
    const { tape } = open(' {"a": [1, "\\n"], "b": {}} ');
    const nodes = Array.from({ length: tape.count }, (_, n) => [
      tape.kinds[n],
      tape.starts[n],
      tape.ends[n],
      tape.nexts[n],
    ]);
    expect(nodes).toEqual([
      [NodeKind.object, 1, 26, 7],
      [NodeKind.string, 2, 5, 2],
      [NodeKind.array, 7, 16, 5],
      [NodeKind.number, 8, 9, 4],
      [NodeKind.escapedString, 11, 15, 5],
      [NodeKind.string, 18, 21, 6],
      [NodeKind.object, 23, 25, 7],
    ]);
  });

  it("grows, and allocates nothing more when it is reused", () => {
    const bytes = utf8(`[${"[1],".repeat(10_000)}2]`);
    const tape = new Tape();
    scanDocument(bytes, { start: 0, end: bytes.length }, OPTIONS, tape);
    expect(tape.count).toBe(20_002);
    const { kinds, starts, ends, nexts } = tape;
    scanDocument(bytes, { start: 0, end: bytes.length }, OPTIONS, tape);
    expect([tape.kinds === kinds, tape.starts === starts, tape.ends === ends, tape.nexts === nexts]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(tape.nexts[0]).toBe(tape.count);
  });
});

describe("find", () => {
  it("compares decoded keys and takes the last duplicate", () => {
    const cursor = open(
      '{"a":1,"b":{"a":2},"\\u0061":3,"":4,"é":5,"\\u00e9":6,"\\ud83d\\ude00":7,"__proto__":8,"ab":9}',
    );
    const number = (key: string): unknown => {
      const node = cursor.find(0, key);
      return node < 0 ? undefined : valueAt(cursor, node);
    };
    expect(["a", "", "é", "😀", "__proto__", "ab", "b"].map(number)).toEqual([3, 4, 6, 7, 8, 9, { a: 2 }]);
    expect(["A", "abc", "e", "constructor", "\\u0061"].map(number)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("finds lone surrogates, and nothing in what is no object", () => {
    const cursor = open('{"\\ud800":1,"x":["\\udc00"]}');
    expect(cursor.find(0, "\ud800")).toBe(2);
    expect(cursor.find(cursor.find(0, "x"), "x")).toBe(-1);
  });

  it("keyEquals compares bytes, escapes decoded", () => {
    const cursor = open('{"ab":1,"\\u0061b":2,"abc":3,"a\\u0062":4,"é":5}');
    const ab = utf8("ab");
    const equal: boolean[] = [];
    for (let key = 1; key < cursor.next(0); key = cursor.next(key + 1)) equal.push(cursor.keyEquals(key, ab));
    expect(equal).toEqual([true, true, false, true, false]);
  });
});

describe("text", () => {
  it("decodes escapes beyond the first scratch buffer", () => {
    const text = `${"x".repeat(5000)}\n${"é".repeat(3000)}`;
    const cursor = open(JSON.stringify([text, "short\n", text]));
    expect([1, 2, 3].map((node) => cursor.text(node))).toEqual([text, "short\n", text]);
  });

  it("keeps lone surrogates and joins pairs", () => {
    const cursor = open('["\\ud800","\\udc00\\ud800","\\ud83d\\ude00","\\ud800\\ud83d\\ude00","\\u0000é\\u00e9"]');
    expect([1, 2, 3, 4, 5].map((node) => cursor.text(node))).toEqual([
      "\ud800",
      "\udc00\ud800",
      "😀",
      "\ud800😀",
      "\0éé",
    ]);
  });

  it("is our own mistake on a node that is no string", () => {
    expect(() => open("[1]").text(1)).toThrow("invariant");
  });
});

describe("nested documents", () => {
  it("opens texts with and without escapes, one after the other", () => {
    const cursor = open(JSON.stringify({ a: '{"k": [1, "\\n"]}', b: "0.5", c: "null", d: '"LLM"' }));
    const nested = new NestedDocument();
    const values = ["a", "b", "c", "d", "b"].map((key) => {
      const inner = nested.open(cursor, cursor.find(0, key), OPTIONS);
      return inner === undefined ? undefined : valueAt(inner, 0);
    });
    expect(values).toEqual([{ k: [1, "\n"] }, 0.5, null, "LLM", 0.5]);
  });

  it("opens four levels, one NestedDocument each", () => {
    const innermost = { tool: 'say "hi\\"', n: "\ud800é😀" };
    let text = JSON.stringify(innermost);
    for (let level = 0; level < 4; level += 1) text = JSON.stringify(text);
    let cursor = open(text);
    for (let level = 0; level < 4; level += 1) {
      const inner = new NestedDocument().open(cursor, 0, OPTIONS);
      if (inner === undefined) expect.fail(`level ${level} did not open`);
      cursor = inner;
    }
    expect(valueAt(cursor, 0)).toEqual(innermost);
  });

  it("reads raw lone surrogates of the inner text, which Python writes", () => {
    const cursor = open('{"a": "{\\"x\\": \\"\\ud800\\"}"}');
    const inner = new NestedDocument().open(cursor, 2, OPTIONS);
    expect(inner && valueAt(inner, 0)).toEqual({ x: "\ud800" });
  });

  it("is undefined for text that is no JSON, for other kinds, and under the same limits", () => {
    const cursor = open(JSON.stringify(['{"cut": "te', "plain text", "", "NaN", "[[[1]]]", 5, "{} {}", "\n"]));
    const nested = new NestedDocument();
    const opened: boolean[] = [];
    for (let node = 1; node < cursor.next(0); node = cursor.next(node)) {
      opened.push(nested.open(cursor, node, { maxDepth: 2, allowNan: false }) !== undefined);
    }
    expect(opened).toEqual(Array(8).fill(false));
    expect(nested.open(cursor, 4, { maxDepth: 3, allowNan: true })?.kind(0)).toBe(NodeKind.nonfinite);
    expect(nested.open(cursor, 5, { maxDepth: 3, allowNan: false })?.kind(0)).toBe(NodeKind.array);
  });
});
