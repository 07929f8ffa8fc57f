// Policies of a load: stop and skip, rejects and their limits, duplicates, payload, memory, progress, abort, and the report.
// Invariant of every test: read = loaded + rejected, for every file.

import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { resolveLimits } from "../../src/base/limits.ts";
import { type LoadOptions, type LoadResult, load } from "../../src/ingest/load.ts";
import type { RejectedRecord } from "../../src/ingest/report.ts";
import { expandSources, memoryInput, memorySource } from "../../src/ingest/sources.ts";
import { runs } from "../support/runs.ts";
import { tempFile } from "../support/temp-dir.ts";
import { allRows, loadFiles, loadOptions, loadRecords, loadTexts, rowsOf, span, trace, wanted } from "./rows.ts";

const INFO = '"request_time":"2026-01-01T00:00:00Z"';
const A = `{"trace_id":"a",${INFO}}`;
const B = `{"trace_id":"b",${INFO}}`;

function counts({ report }: LoadResult): readonly number[] {
  for (const file of report.files) expect(file.read).toBe(file.loaded + file.rejected);
  expect(report.read).toBe(report.loaded + report.rejected);
  return [report.read, report.loaded, report.rejected];
}

async function skipped(texts: readonly (string | Uint8Array)[], options: Partial<LoadOptions> = {}) {
  const rejects: RejectedRecord[] = [];
  const result = await loadTexts(texts, { onError: "skip", rejects: (record) => rejects.push(record), ...options });
  return { result, rejects };
}

describe("stop", () => {
  it.each([
    ["cut record", `${A}\n{"trace_id":"b`, "E_TRUNCATED", /^m0:2:55: /],
    ["syntax", `\n${A}\r\n   \r\n\n${B}\r\n{bad\r\n`, "E_JSON_SYNTAX", /^m0:6:/],
    [
      "control byte",
      `{"trace_id":"a",${INFO},"tags":{"mlflow.traceName":"a\u0001b"}}\n${B}\n`,
      "E_JSON_SYNTAX",
      /^m0:1:83: /,
    ],
    ["array not closed", `[${A},{"trace_id":"b"`, "E_TRUNCATED", /^m0:1:/],
    ["NaN", `{"trace_id":"a",${INFO},"x":NaN}`, "E_JSON_NONFINITE", /--allow-nan/],
    ["bad time", `${A}\n{"trace_id":"b","request_time":"2026-02-30T00:00:00Z"}`, "E_TIME", /^m0:2:86: request_time/],
    ["missing start", `{"trace_id":"a"}`, "E_RECORD", /^m0:1:0: the trace has no start/],
    ["unknown format", `{"a":1}`, "E_FORMAT_UNKNOWN", /^m0:1:0: the keys a /],
    ["depth", "[".repeat(100_000), "E_DEPTH", /^m0:1:1001: /],
  ])("%s", async (_, text, code, message) => {
    const failed = loadTexts([text]);
    await expect(failed).rejects.toBeInstanceOf(EngineError);
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(message), at: { file: "m0" } });
  });

  it("finds the byte and line of a fault inside a pretty-printed record", async () => {
    const text = JSON.stringify(trace({ spans: [span("a1", { start_time_unix_nano: "never" })] }), null, 2);
    const byte = text.indexOf('"never"');
    const line = text.slice(0, byte).split("\n").length;
    await expect(loadTexts([text])).rejects.toMatchObject({ code: "E_TIME", at: { file: "m0", line, byte } });
  });

  it("finds bytes that are not UTF-8", async () => {
    const head = Buffer.from(`{"trace_id":"a",${INFO},"tags":{"mlflow.traceName":"`);
    const bytes = Buffer.concat([head, Buffer.from([0xff, 0xfe]), Buffer.from(`"}}\n${B}\n`)]);
    await expect(loadTexts([bytes])).rejects.toMatchObject({ code: "E_UTF8", at: { line: 1, byte: 82 } });
  });

  it("names the limit and its flag", async () => {
    const limits = resolveLimits({ record: 2 ** 20 });
    const failed = loadTexts([`{"trace_id":"a",${INFO},"x":"${"y".repeat(2 ** 21)}"}\n${B}`], { limits });
    await expect(failed).rejects.toMatchObject({
      code: "E_RECORD_TOO_LARGE",
      message: expect.stringMatching(/^m0:1:.*--max-record/),
    });
  });

  it("hands the reject out before it throws", async () => {
    const rejects: RejectedRecord[] = [];
    await expect(loadTexts([`${A}\n{bad\n{bad`], { rejects: (record) => rejects.push(record) })).rejects.toThrow();
    expect(rejects.map(({ line, code }) => [line, code])).toEqual([[2, "E_JSON_SYNTAX"]]);
  });
});

describe("skip", () => {
  it("rejects with place, reason and excerpt", async () => {
    const { result, rejects } = await skipped([
      `${A}\n{"trace_id":"b\u001b[31m"\n{"trace_id":"c","request_time":5e99}\n${B}`,
    ]);
    expect(counts(result)).toEqual([4, 2, 2]);
    const first = A.length + 1;
    expect(rejects[0]).toMatchObject({ file: "m0", line: 2, byte_start: first, code: "E_JSON_SYNTAX" });
    expect(rejects[1]).toMatchObject({ line: 3, code: "E_RANGE", excerpt: '{"trace_id":"c","request_time":5e99}' });
    expect((rejects[1]?.byte_end ?? 0) - (rejects[1]?.byte_start ?? 0)).toBe(36);
    expect(rejects[0]?.excerpt).toContain("\\u001b[31m");
    expect(result.report.files[0]?.reasons.map(({ code, count }) => [code, count])).toEqual([
      ["E_JSON_SYNTAX", 1],
      ["E_RANGE", 1],
    ]);
  });

  it("cuts excerpts to 200 characters, escapes included", async () => {
    const { rejects } = await skipped([`{"a":"${"é\u200e".repeat(300)}"}`]);
    expect(rejects[0]?.excerpt.length).toBeLessThanOrEqual(200);
    expect(rejects[0]?.excerpt).toContain("\\u200e");
  });

  it("says how much of a broken array is unread", async () => {
    const { result } = await skipped([`[${A},{"trace_id":"b"`]);
    expect(counts(result)).toEqual([2, 1, 1]);
    expect(result.report.warnings).toEqual([expect.stringMatching(/^m0:1:.*bytes unread/)]);
  });

  it("warns of a file without records", async () => {
    for (const text of ["", "\n\n\n", "[]", "\ufeff", " "]) {
      const { result } = await skipped([text]);
      expect([counts(result), result.report.warnings]).toEqual([[0, 0, 0], ["m0: 0 records"]]);
    }
  });

  it("counts by file and in all", async () => {
    const { result } = await skipped([`${A}\n{`, B, "[1]"]);
    expect(result.report.files.map(({ file, read, loaded, rejected }) => [file, read, loaded, rejected])).toEqual([
      ["m0", 2, 1, 1],
      ["m1", 1, 1, 0],
      ["m2", 1, 0, 1],
    ]);
    expect(counts(result)).toEqual([4, 2, 2]);
  });

  it("ends with E_TOO_MANY_REJECTS past the limit, as a number or a share", async () => {
    const text = `${A}\n{bad\n${B}\n{bad\n`;
    for (const maxRejects of [2, { percent: 50 }])
      expect(counts((await skipped([text], { maxRejects })).result)).toEqual([4, 2, 2]);
    for (const maxRejects of [1, 0, { percent: 49.9 }]) {
      await expect(skipped([text], { maxRejects })).rejects.toMatchObject({
        code: "E_TOO_MANY_REJECTS",
        message: expect.stringContaining("read 4, loaded 2, rejected 2"),
      });
    }
    expect(counts((await skipped([""], { maxRejects: { percent: 0 } })).result)).toEqual([0, 0, 0]);
  });

  it("keeps read = loaded + rejected for any bytes, and throws typed errors only", async () => {
    const piece = fc.constantFrom(
      A,
      B,
      "{",
      "}",
      "[",
      "]",
      ",",
      "\n",
      '{"info":{}',
      "NaN",
      '"',
      "\\",
      " ",
      "\ufeff",
      JSON.stringify(trace({ spans: [span("a1")] })),
    );
    const bytes = fc.oneof(
      fc.array(piece, { maxLength: 8 }).map((pieces) => Buffer.from(pieces.join(""))),
      fc.uint8Array({ maxLength: 40 }).map((junk) => Buffer.concat([Buffer.from(`${A}\n`), junk])),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (input) => {
        const { result, rejects } = await skipped([input]);
        counts(result);
        expect(result.report.rejected).toBe(rejects.length);
        expect(result.dataset.traces.rows).toBe(result.report.loaded - result.report.duplicates);
        for (const reject of rejects) {
          expect(reject.byte_start).toBeLessThanOrEqual(reject.byte_end);
          expect(reject.byte_end).toBeLessThanOrEqual(input.length);
        }
        const stopped = await loadTexts([input]).catch((error: unknown) => error);
        if (rejects[0] !== undefined) expect(stopped).toMatchObject({ code: rejects[0].code });
        else expect(stopped).not.toBeInstanceOf(Error);
      }),
      { numRuns: runs(100, 200) },
    );
  });

  it("gives the same tables for every chunking", async () => {
    const records = [
      trace({ id: "x", spans: [span("a1"), span("a1"), span("a2")] }),
      { bad: 1 },
      trace({ id: "y" }),
      trace({ id: "x" }),
    ];
    const bytes = Buffer.from(records.map((record) => JSON.stringify(record)).join("\n"));
    const whole = await skipped([bytes]);
    for (const chunkBytes of [1, 7, 64, 100]) {
      const { sources } = await expandSources([memoryInput("m0", bytes)], { chunkBytes });
      const rejects: RejectedRecord[] = [];
      const cut = await load(sources, loadOptions({ onError: "skip", rejects: (record) => rejects.push(record) }));
      expect(allRows(cut.dataset)).toEqual(allRows(whole.result.dataset));
      expect([cut.report, rejects]).toEqual([whole.result.report, whole.rejects]);
    }
  });
});

describe("payload", () => {
  const record = JSON.stringify(trace({ info: { request_preview: "hi" }, spans: [span("a1")] }));

  it("by place: read back from the file, and refused when the file changed", async () => {
    const path = tempFile("one.jsonl", `${record}\n`);
    const { dataset, report } = await loadFiles([path], { payload: "place" });
    expect(rowsOf(dataset, "traces")[0]?.["request_preview"]).toBe('"hi"');
    expect(report.warnings).toEqual([expect.stringContaining("span ids")]);
    dataset.payload.close();
    const again = await loadFiles([path], { payload: "place" });
    writeFileSync(path, `${record}  \n`);
    expect(() => again.dataset.payload.recordBytes(0)).toThrow(expect.objectContaining({ code: "E_SOURCE_CHANGED" }));
  });

  it("by place: null and counted where there is no place", async () => {
    const path = tempFile("one.jsonl.gz", gzipSync(`${record}\n${record.replace("tr-1", "tr-2")}\n`));
    const { dataset, report } = await loadFiles([path], { payload: "place" });
    expect([report.counters.nullPayload, dataset.payload.recordBytes(0)]).toEqual([2, undefined]);
    expect(rowsOf(dataset, "traces")[0]).not.toHaveProperty("request_preview");
    expect(report.warnings.join()).toContain("--payload keep");
    const cut = await loadFiles([path], { payload: "place", columns: wanted({ traces: ["state"] }) });
    expect(cut.report.counters.nullPayload).toBeUndefined();
  });

  it("kept: in memory, of any source", async () => {
    const path = tempFile("kept.jsonl.gz", gzipSync(record));
    const { dataset } = await loadFiles([path], { payload: "keep" });
    expect(rowsOf(dataset, "traces")[0]?.["request_preview"]).toBe('"hi"');
  });

  it("dropped: null, without a warning", async () => {
    const { dataset, report } = await loadTexts([record], { payload: "drop" });
    expect(rowsOf(dataset, "traces")[0]).not.toHaveProperty("info");
    expect(dataset.payload.recordBytes(0)).toBeUndefined();
    expect(report.counters.nullPayload).toBeUndefined();
  });

  it("stays with its record when an earlier one is replaced", async () => {
    const later = JSON.stringify(trace({ id: "tr-2", info: { request_preview: "later" } }));
    const { dataset } = await loadTexts([`${record}\n${later}\n${record.replace("hi", "again")}`]);
    expect(rowsOf(dataset, "traces").map((row) => row["request_preview"])).toEqual(['"later"', '"again"']);
  });
});

describe("limits, progress, abort", () => {
  it("warns of keys past the columns limit, and keeps them", async () => {
    const tags = Object.fromEntries(Array.from({ length: 12_000 }, (_, i) => [`k${i}`, "1"]));
    const { dataset, report } = await loadRecords([trace({ info: { tags } })]);
    expect(report.warnings).toEqual([expect.stringMatching(/2,000 keys of tag are past the limit of 10,000 columns/)]);
    expect(dataset.traces.keyed.get("tag")?.column("k11999")?.dictionary.text(0)).toBe("1");
  });

  it("refuses what does not fit into the memory limit", async () => {
    await expect(loadTexts([A], { memoryLimitBytes: 1e6 })).rejects.toMatchObject({
      code: "E_MEMORY",
      message: expect.stringMatching(/needs at least \d+ MB/),
    });
    expect(counts(await loadTexts([A], { memoryLimitBytes: 64e6 }))).toEqual([1, 1, 0]);
    const many = Array.from({ length: 40_000 }, (_, i) => `{"trace_id":"t${i}",${INFO},"tags":{"k":"${i}"}}`).join(
      "\n",
    );
    await expect(loadTexts([many], { memoryLimitBytes: 9.5e6 })).rejects.toMatchObject({ code: "E_MEMORY" });
  });

  it("refuses to go on once the process holds more than the limit, where it is told what that holds", async () => {
    const many = Array.from({ length: 400 }, (_, i) => `{"trace_id":"t${i}",${INFO}}`).join("\n");
    const source = memorySource("m", Buffer.from(many), { chunkBytes: 1_000 });
    const limited = (memoryInUse: () => number) => loadOptions({ memoryLimitBytes: 64e6, memoryInUse });
    let looks = 0;
    const grown = (step: number) => {
      looks = 0;
      return load(
        [source],
        limited(() => step * ++looks),
      );
    };
    expect((await grown(1e5)).report.loaded).toBe(400);
    // Before it reads, when all is read, and now and then between.
    expect(looks).toBeGreaterThan(4);
    expect(looks).toBeLessThan(many.length / 1_000);
    const message = "loading needs at least 66 MB, the limit is 64 MB";
    await expect(grown(22e6)).rejects.toMatchObject({ code: "E_MEMORY", message });
    await expect(grown(65e6)).rejects.toMatchObject({ code: "E_MEMORY" });
  });

  it("reads NaN as null under the flag, and counts it", async () => {
    const text = `{"info":{"trace_id":"a",${INFO}},"data":{"spans":[${JSON.stringify(span("00000000000000a1")).replace('"attributes":{}', '"attributes":{"x":NaN,"y":-Infinity,"z":4}')}]}}`;
    const { dataset, report } = await loadTexts([text], { allowNan: true });
    expect(report.counters).toEqual({ nonfinite: 2 });
    expect(dataset.spans.keyed.get("attributes")?.keys).toEqual(["z"]);
  });

  it("tells how far it is", async () => {
    const text = Array.from({ length: 60_000 }, (_, i) => `{"trace_id":"t${i}",${INFO}}`).join("\n");
    const seen: { bytes: number; totalBytes: number | undefined; records: number }[] = [];
    await loadTexts([text, A], { onProgress: (progress) => seen.push(progress) });
    const total = Buffer.byteLength(text) + A.length;
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.every(({ totalBytes }) => totalBytes === total)).toBe(true);
    expect(seen.at(-1)?.bytes).toBeLessThanOrEqual(total);
    expect(seen.map(({ records }) => records)).toEqual([...seen.map(({ records }) => records)].sort((a, b) => a - b));
  });

  it("stops when the signal fires, before and between chunks", async () => {
    await expect(loadTexts([A], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "E_ABORTED",
      name: "AbortError",
    });
    const controller = new AbortController();
    const text = Array.from({ length: 60_000 }, (_, i) => `{"trace_id":"t${i}",${INFO}}`).join("\n");
    const { sources } = await expandSources([memoryInput("m", Buffer.from(text))]);
    const running = load(sources, loadOptions({ signal: controller.signal, onProgress: () => controller.abort() }));
    await expect(running).rejects.toMatchObject({ code: "E_ABORTED" });
  });

  it("loads a record of 10 MiB without a line end, and attributes of 300,000 elements", async () => {
    const long = `{"trace_id":"a",${INFO},"request_preview":"${"x".repeat(10_485_760)}"}`;
    expect(counts(await loadTexts([long]))).toEqual([1, 1, 0]);
    const attributes = { x: Array.from({ length: 300_000 }, () => 1) };
    expect(counts(await loadRecords([trace({ spans: [span("a1", { attributes })] })]))).toEqual([1, 1, 0]);
  });

  it("passes remarks about the sources on", async () => {
    expect((await loadTexts([A], { notes: ["x: given twice, read once"] })).report.warnings).toEqual([
      "x: given twice, read once",
    ]);
  });
});
