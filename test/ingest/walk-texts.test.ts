// How the walker copies and compares texts, 16 bytes at once: the same tables as the interpreter's for texts that differ in
// any one place, of all lengths around the blocks, and with escapes at every place of a block.

import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/ingest/sources.ts";
import { expectSameReaders, loadOptions, MOST_COMPARED_BYTES, span, trace } from "./rows.ts";

const LENGTHS = Array.from({ length: 70 }, (_, length) => length).concat(127, 128, 129, 400, 511, 512, 513, 600);
const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789".repeat(20);

/** Loads of as many records each as are compared at once. */
async function expectSame(texts: readonly string[]): Promise<void> {
  for (let first = 0; first < texts.length; first += 100) {
    const records = texts.slice(first, first + 100).map((text, i) => recordOf(text, i));
    const bytes = Buffer.from(records.join("\n"));
    expect(bytes.length).toBeLessThan(MOST_COMPARED_BYTES);
    await expectSameReaders([memorySource("m", bytes)], loadOptions({ onError: "skip" }));
  }
}

/** A record in which the text, which may hold escapes, stands in every place that has texts. */
function recordOf(text: string, i: number): string {
  const made = trace({
    id: `tr-${i}`,
    info: { client_request_id: "@", tags: { "mlflow.traceName": "@", env: "@" }, trace_metadata: { "long one": "@" } },
    spans: [span("00000000000000a1", { name: "@", attributes: { key: "@" } })],
  });
  return JSON.stringify(made).replaceAll('"@"', () => `"${text}"`);
}

describe("texts of the walker", () => {
  it("are told from texts that differ in one place", async () => {
    const texts = LENGTHS.flatMap((length) => {
      const text = LETTERS.slice(0, length);
      const places = [0, 7, 8, 15, 16, 17, 31, 32, 40, length - 17, length - 9, length - 1];
      const inside = [...new Set(places)].filter((at) => at >= 0 && at < length);
      return [text, ...inside.map((at) => `${text.slice(0, at)}~${text.slice(at + 1)}`)];
    });
    await expectSame([...texts, ...texts]);
  });

  it("lose their escapes wherever these stand", async () => {
    const escapes = [
      "\\n",
      '\\"',
      "\\\\",
      "\\/",
      "\\t\\r\\b\\f",
      "\\u00e9",
      "\\u20ac",
      "\\ud83d\\ude00",
      "\\ud800",
      "\\udc00x",
    ];
    const texts = escapes.flatMap((one) =>
      Array.from({ length: 34 }, (_, at) => LETTERS.slice(0, at) + one + LETTERS.slice(0, at % 5) + one),
    );
    await expectSame([...texts, ...texts.map((text) => text + LETTERS.slice(0, 300))]);
  });

  it("are values of attributes by the length of what their escapes mean", async () => {
    const counts = [1, 36, 37, 63, 64, 84, 85, 128, 129, 256, 257];
    const texts = counts.flatMap((count) =>
      ["x", "\\u00e9", "\\\\u00e9", "\\\\n", "\\u005cu005c\\u005cu005c"].map((one) => `\\"${one.repeat(count)}\\"`),
    );
    const digits = [255, 256, 257, 258, 259, 300].flatMap((count) => ["1".repeat(count), "\\u0031".repeat(count)]);
    await expectSame([...texts, ...digits]);
  });
});
