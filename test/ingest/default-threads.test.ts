// Threads that nobody asked for: taken for plain files of many bytes, and for nothing else.

import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { type LoadOptions, load, type Threading } from "../../src/ingest/load.ts";
import { expandSources, memorySource } from "../../src/ingest/sources.ts";
import { tempFile } from "../support/temp-dir.ts";
import { fakeThreads } from "./outcomes.ts";
import { loadOptions, trace } from "./rows.ts";

const TEXT = `${Array.from({ length: 20 }, (_, id) => JSON.stringify(trace({ id: `t${id}` }))).join("\n")}\n`;

/** Whether a load with threads by default, worth it from `fromBytes` bytes, starts them. */
async function startsThreads(
  source: "file" | "gzip" | "memory",
  fromBytes: number,
  options: Partial<LoadOptions> & Pick<Threading, "isLimitDefault"> = {},
): Promise<boolean> {
  const bytes = source === "gzip" ? gzipSync(TEXT) : Buffer.from(TEXT);
  const sources =
    source === "memory" ? [memorySource("m", bytes)] : (await expandSources([tempFile("a.jsonl", bytes)])).sources;
  let isStarted = false;
  const { start, ...threads } = fakeThreads(2, {}, 1);
  const threading: Threading = {
    ...threads,
    fromBytes,
    isDefault: true,
    isLimitDefault: options.isLimitDefault ?? false,
    start: (count) => {
      isStarted = true;
      if (start === undefined) throw new Error("fake threads start nothing");
      return start(count);
    },
  };
  const { dataset } = await load(sources, loadOptions({ threading, payload: "drop", ...options }));
  expect(dataset.traces.rows).toBe(20);
  return isStarted;
}

it("are for plain files that are large enough", async () => {
  expect(await startsThreads("file", TEXT.length)).toBe(true);
  expect(await startsThreads("file", TEXT.length + 1)).toBe(false);
  expect(await startsThreads("gzip", 1)).toBe(false);
  expect(await startsThreads("memory", 1)).toBe(false);
});

it("are not taken under a limit of memory that somebody asked for", async () => {
  expect(await startsThreads("file", 1, { memoryLimitBytes: 2 ** 32 })).toBe(false);
  expect(await startsThreads("file", 1, { memoryLimitBytes: 2 ** 32, isLimitDefault: true })).toBe(true);
});
