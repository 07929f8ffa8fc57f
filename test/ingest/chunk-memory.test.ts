// Files give their chunks as Buffers that are written again: what outlives a chunk must have been copied.

import { expect, it } from "vitest";
import { load } from "../../src/ingest/load.ts";
import { expandSources, memoryInput } from "../../src/ingest/sources.ts";
import { tempFile } from "../support/temp-dir.ts";
import { loadOptions, loadTexts, trace } from "./rows.ts";

const RECORDS = Array.from({ length: 50 }, (_, i) =>
  trace({ id: `t${i}`, info: { request_preview: "p".repeat(100) } }),
);

it("an envelope of many chunks keeps its head", async () => {
  const path = tempFile("e.json", JSON.stringify({ traces: RECORDS, next_page_token: null }));
  const { sources } = await expandSources([path], { chunkBytes: 256 });
  const { report } = await load(sources, loadOptions());
  expect([report.read, report.loaded]).toEqual([50, 50]);
});

it("looking whether a bad record is sound does not write to the caller's bytes", async () => {
  const bytes = Buffer.from(JSON.stringify(RECORDS).replace("pp", "p?"));
  bytes[bytes.indexOf("p?") + 1] = 0xff;
  const before = Buffer.from(bytes);
  const { report } = await loadTexts([memoryInput("m", bytes).bytes], { onError: "skip" });
  expect([report.loaded, report.rejected]).toEqual([49, 1]);
  expect(bytes.equals(before)).toBe(true);
});
