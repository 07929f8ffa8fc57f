// Files whose lines the threads read by themselves, in ranges: byte for byte what one thread gives, however small the ranges
// and whatever stands at their borders. Real threads are in parallel-load.test.ts, deaths in worker-death.test.ts.

import { appendFileSync, rmSync, truncateSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { resolveLimits } from "../../src/base/limits.ts";
import type { WorkerPool } from "../../src/base/worker-pool.ts";
import { type LoadOptions, load, type Threading } from "../../src/ingest/load.ts";
import { loadInParallel } from "../../src/ingest/parallel-load.ts";
import { PartLoader } from "../../src/ingest/part-loader.ts";
import type { PartTask } from "../../src/ingest/part-tasks.ts";
import { expandSources } from "../../src/ingest/sources.ts";
import { someExport } from "../support/arbitrary-exports.ts";
import { partPool } from "../support/part-pool.ts";
import { runs } from "../support/runs.ts";
import { tempFile } from "../support/temp-dir.ts";
import { fakeThreads, outcomeOf } from "./outcomes.ts";
import { loadOptions, trace } from "./rows.ts";

const line = (id: number | string, text = "") =>
  JSON.stringify(trace({ id: `t${id}`, info: { tags: { [`k${id}`]: text, "mlflow.traceName": `n${text.length}` } } }));
const GOOD = [0, 1, 2, 3].map((id) => line(id));
const LONG = line("long", "x".repeat(900));

/** In all but the last a first object ends its line, which makes lines of the rest. */
const TEXTS: Readonly<Record<string, string | Buffer>> = {
  "good lines": `${GOOD.join("\n")}\n`,
  "no newline at the end": GOOD.join("\n"),
  CRLF: `${GOOD.join("\r\n")}\r\n`,
  "blank lines": `\n\n ${GOOD.join("\n\n \t\n\r\n")}\n\n\n  \n`,
  "white space at the end": `${GOOD.join("\n")}\n${" ".repeat(200)}`,
  "a byte order mark": `\ufeff${GOOD.join("\n")}\n`,
  "cut at the end": `${GOOD.join("\n")}\n${GOOD[1]!.slice(0, 60)}`,
  "bad lines": [GOOD[0], "garbage", "{", GOOD[1], '{"a": 1}', "12", "[1, 2]", GOOD[2]!.slice(0, -1), "}", GOOD[3]].join(
    "\n",
  ),
  "two records on a line": `${GOOD[0]}\n${GOOD[1]} ${GOOD[2]}\n${GOOD[3]}\n`,
  "a bad time": `${GOOD[0]}\n${GOOD[1]!.replace(/"request_time":"[^"]*"/, '"request_time":"never"')}\n${GOOD[2]}\n`,
  "no UTF-8": Buffer.concat([
    Buffer.from(`${GOOD[0]}\n{"info": "`),
    Buffer.from([0xff, 0xc0]),
    Buffer.from(`"}\n${GOOD[1]}\n`),
  ]),
  NaN: `${GOOD[0]}\n{"a": NaN}\n${GOOD[1]}\n`,
  "a long line": `${GOOD[0]}\n${LONG}\n${GOOD[1]}\n`,
  "a line over the limit": `${GOOD[0]}\n${line("over", "y".repeat(3_000))}\n${GOOD[1]}\n${"z".repeat(2_500)}`,
  duplicates: [0, 1, 0, 2, 1, 0, 3].map((id, i) => line(id, "v".repeat(i))).join("\n"),
  "garbage before the first object": `log line\nanother: {\n${GOOD.join("\n")}\n`,
  "an array before the lines": `[${GOOD[0]}]\n${GOOD.slice(1).join("\n")}\n`,
};

async function sourcesOf(paths: readonly string[], chunkBytes?: number) {
  return (await expandSources(paths, chunkBytes === undefined ? {} : { chunkBytes })).sources;
}

/** The threads of `threading`, with a look at each task behind the first, which begins the load, and one that it may have to wait for. */
function watched(
  threading: Threading,
  onTask: (task: PartTask) => void,
  before: (task: PartTask) => Promise<void> | undefined = () => undefined,
): Threading {
  const { start } = threading;
  return {
    ...threading,
    start: (threads) => {
      const pool: WorkerPool = start === undefined ? partPool(threads, Math.random) : start(threads);
      return {
        threads: pool.threads,
        close: () => pool.close(),
        run: (task, options) => {
          const asked = task as PartTask;
          if (asked.kind !== "begin") onTask(asked);
          const wait = before(asked);
          return wait === undefined ? pool.run<never>(task, options) : wait.then(() => pool.run<never>(task, options));
        },
      };
    },
  };
}

const LIMITS = resolveLimits({ record: 2_000 });

describe.each(Object.entries(TEXTS))("%s", (name, text) => {
  it("is read as by one thread, in ranges of any size", async () => {
    const paths = [tempFile("a.jsonl", text), tempFile("b.jsonl", text)];
    const { length } = Buffer.from(text);
    let ranges = 0;
    for (const [i, rangeBytes] of [1, 7, 64, 333, 1_000, length].entries()) {
      const onErrors = [7, 333].includes(rangeBytes) ? (["skip", "stop"] as const) : (["skip"] as const);
      const duplicates = (["last", "keep", "error"] as const)[i % 3]!;
      const payload = (["place", "keep", "drop"] as const)[i % 3]!;
      for (const onError of onErrors) {
        const options = { onError, duplicates, payload, limits: LIMITS };
        const files = rangeBytes === 1 ? paths.slice(0, 1) : paths;
        const expected = await outcomeOf(await sourcesOf(files), options);
        const sizes = { rangeBytes, readBytes: [5, 64, 4_096][i % 3]! };
        const threading = watched(fakeThreads(2 + (i % 2), sizes, i), ({ kind }) => {
          if (kind === "range") ranges += 1;
        });
        expect(await outcomeOf(await sourcesOf(files), { ...options, threading }), `${rangeBytes} ${onError}`).toEqual(
          expected,
        );
      }
    }
    expect(ranges > 0, name).toBe(name !== "an array before the lines");
  });
});

it("any lines, in ranges of any size", async () => {
  const lines = fc.array(someExport(30), { minLength: 1, maxLength: 3 });
  const sizes = fc.record({
    rangeBytes: fc.integer({ min: 20, max: 3_000 }),
    readBytes: fc.integer({ min: 1, max: 3_000 }),
  });
  const how = fc.record({
    sizes,
    threads: fc.integer({ min: 2, max: 4 }),
    seed: fc.nat(),
    onError: fc.constantFrom<LoadOptions["onError"]>("skip", "skip", "stop"),
    duplicates: fc.constantFrom<LoadOptions["duplicates"]>("last", "keep", "error"),
    payload: fc.constantFrom<LoadOptions["payload"]>("place", "keep"),
  });
  await fc.assert(
    fc.asyncProperty(lines, how, async (files, { sizes: given, threads, seed, ...options }) => {
      // A first object that ends its line makes lines of the rest, whatever it is.
      const head = Buffer.from(`${GOOD[0]}\n`);
      const paths = files.map(({ bytes }, i) => tempFile(`${i}.json`, Buffer.concat([head, bytes])));
      const expected = await outcomeOf(await sourcesOf(paths), options);
      const threading = fakeThreads(threads, given, seed);
      expect(await outcomeOf(await sourcesOf(paths), { ...options, threading })).toEqual(expected);
    }),
    { numRuns: runs(6, 12) },
  );
});

it("a range crowded with rejects is read again in batches, and what follows it too", async () => {
  const crowd = `a log line\nand its second\n${GOOD[0]}\n${GOOD[1]}\n${"x\n".repeat(15_000)}${GOOD[2]}\n${"y\n".repeat(3_000)}`;
  const paths = [
    tempFile("a.jsonl", TEXTS["bad lines"]!),
    tempFile("b.jsonl", crowd),
    tempFile("c.jsonl", `${GOOD[3]}\n${GOOD[1]}\n{\n`),
  ];
  const options = { onError: "skip", payload: "keep" } as const;
  const expected = await outcomeOf(await sourcesOf(paths), options);
  expect(expected.rejects.length).toBeGreaterThan(18_000);
  const kinds = new Set<string>();
  for (const rangeBytes of [500, 100_000]) {
    const threading = watched(fakeThreads(3, { rangeBytes, batchBytes: 1_000 }, rangeBytes), ({ kind }) =>
      kinds.add(kind),
    );
    const found = await outcomeOf(await sourcesOf(paths), { ...options, threading });
    expect(found.rejects).toEqual(expected.rejects);
    expect(found.digests).toEqual(expected.digests);
  }
  expect([...kinds].sort()).toEqual(["batch", "finish", "merge", "range", "truncate"]);
});

/** A promise and what fulfils it. */
function signal(): readonly [Promise<void>, () => void] {
  let fulfil: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    fulfil = resolve;
  });
  return [promise, fulfil];
}

describe("a file that changes while it is read", () => {
  const text = `${Array.from({ length: 400 }, (_, i) => line(i)).join("\n")}\n`;
  const changes: readonly (readonly [string, (path: string) => void, string])[] = [
    ["grows", (path) => appendFileSync(path, "\n"), "E_SOURCE_CHANGED"],
    ["shrinks", (path) => truncateSync(path, 20_000), "E_SOURCE_CHANGED"],
    ["goes", (path) => rmSync(path), "E_IO"],
  ];
  it.each(changes)("%s", async (_, change, code) => {
    const path = tempFile("a.jsonl", text);
    let tasks = 0;
    const threading = watched(fakeThreads(3, { rangeBytes: 4_000 }, 1), ({ kind }) => {
      if (kind === "range" && ++tasks === 3) change(path);
    });
    const { error } = await outcomeOf(await sourcesOf([path]), { onError: "skip", threading });
    expect(error).toMatchObject({ code, at: { file: path } });
  });

  it("after a bad record: the record is told first", async () => {
    const bad = text.replace(/\n/, "\ngarbage\n");
    const path = tempFile("a.jsonl", bad);
    const expected = await outcomeOf(await sourcesOf([path]), {});
    // The caller's thread reads the first range; its answer is held back until another has found the file changed.
    const [changed, change] = signal();
    const [failed, fail] = signal();
    const { takeRange } = PartLoader.prototype;
    const ranges = vi.spyOn(PartLoader.prototype, "takeRange").mockImplementation(async function (
      this: PartLoader,
      task,
    ) {
      const isFirst = ranges.mock.calls.length === 1;
      const answer = await takeRange.call(this, task);
      if (isFirst) {
        truncateSync(path, 20_000);
        change();
        await failed;
      } else if (answer.failure !== undefined) fail();
      return answer;
    });
    const threading = watched(
      fakeThreads(3, { rangeBytes: 4_000, waits: true }, 1),
      () => undefined,
      ({ kind }) => (kind === "range" ? changed : undefined),
    );
    const found = await outcomeOf(await sourcesOf([path]), { threading });
    ranges.mockRestore();
    expect(expected.error).toMatchObject({ code: "E_JSON_SYNTAX" });
    expect([found.error, found.rejects]).toEqual([expected.error, expected.rejects]);
  });
});

describe("on the way", () => {
  const text = `${Array.from({ length: 300 }, (_, i) => line(i)).join("\n")}\n`;

  it("progress ascends to all bytes and records", async () => {
    const paths = [tempFile("a.jsonl", text), tempFile("b.jsonl", text)];
    const seen: { bytes: number; records: number }[] = [];
    const onProgress = ({ bytes, records }: { bytes: number; records: number }) => void seen.push({ bytes, records });
    const threading = fakeThreads(3, { rangeBytes: 5_000 }, 1);
    await load(await sourcesOf(paths, 1_000), loadOptions({ threading, onProgress }));
    expect(seen).toEqual(seen.toSorted((a, b) => a.bytes - b.bytes || a.records - b.records));
    expect(seen.at(-1)).toEqual({ bytes: 2 * Buffer.byteLength(text), records: 600 });
    expect(seen.length).toBeGreaterThan(10);
  });

  it("an abort ends it", async () => {
    const abort = new AbortController();
    const threading = watched(fakeThreads(3, { rangeBytes: 2_000 }, 1), ({ kind }) => {
      if (kind === "range") abort.abort();
    });
    const work = load(await sourcesOf([tempFile("a.jsonl", text)]), loadOptions({ threading, signal: abort.signal }));
    await expect(work).rejects.toMatchObject({ code: "E_ABORTED" });
  });

  it("E_MEMORY comes before the limit", async () => {
    const path = tempFile(
      "a.jsonl",
      `${Array.from({ length: 1_000 }, (_, i) => line(i, "z".repeat(9_000))).join("\n")}\n`,
    );
    // One worker counts 32 MiB for itself.
    const options = loadOptions({ payload: "keep", memoryLimitBytes: 40_000_000 });
    const work = loadInParallel(await sourcesOf([path]), options, fakeThreads(2, {}, 1));
    await expect(work).rejects.toMatchObject({ code: "E_MEMORY" });
  });
});
