// What is kept of a load for the sake of compiled code: the last objects alone, for half a minute, and none of their columns.

import { afterEach, expect, it, vi } from "vitest";
import { IDLE_MS } from "../../src/base/limits.ts";
import { keepShapes, keptShapes } from "../../src/base/shapes.ts";
import { BlockedArray } from "../../src/columns/blocked-array.ts";
import { DictionaryBuilder } from "../../src/columns/dictionary-builder.ts";
import { KeyedBuilder } from "../../src/columns/keyed-builder.ts";
import { sharedInt32 } from "../../src/columns/memory.ts";
import { Utf8Builder } from "../../src/columns/text-builders.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("the objects kept last are kept half a minute", () => {
  vi.useFakeTimers();
  const objects = [{}];
  keepShapes([{}]);
  vi.advanceTimersByTime(IDLE_MS - 1);
  keepShapes(objects);
  vi.advanceTimersByTime(IDLE_MS - 1);
  expect(keptShapes()).toBe(objects);
  vi.advanceTimersByTime(1);
  expect(keptShapes()).toEqual([]);
});

it("a builder that has given its column holds nothing of it", () => {
  const blocks = new BlockedArray({ make: sharedInt32, null: 0, fills: false, extra: 0 });
  blocks.write(0, new Int32Array(100_000).fill(7));
  expect(blocks.seal(100_000).map((block) => block?.[0])).toEqual([7, 7]);
  expect([blocks.sizeBytes, blocks.current.length, blocks.find(0)]).toEqual([0, 0, undefined]);

  const bytes = Buffer.from("key and value");
  const texts = new Utf8Builder();
  texts.set(0, bytes, 0, bytes.length);
  texts.seal(1);
  const codes = new DictionaryBuilder();
  codes.set(0, bytes, 0, bytes.length);
  const part = codes.sealPart(1);
  expect(part.type === "dictionary" && Buffer.from(part.dictionary.bytes).subarray(0, bytes.length)).toEqual(bytes);
  const keyed = new KeyedBuilder("tag", 10);
  keyed.set(0, keyed.key(bytes, 0, 3), keyed.value(bytes, 8, 13));
  expect(keyed.sealPart(1).values.size).toBe(1);
  // A few entries stay: offsets of no text, rows that brought texts.
  for (const { sizeBytes } of [texts, codes, keyed]) expect(sizeBytes).toBeLessThan(300);
});
