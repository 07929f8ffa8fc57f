// A load with threads gives, byte for byte, what one thread gives: tables, report, rejects in order, or the same error;
// whatever the framing, the damage, the policies, the number of threads, the size of batches and of chunks.
// Most runs use threads without threads (see part-pool.ts), whose answers come in any order; some use real ones.

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveLimits } from "../../src/base/limits.ts";
import type { WorkerPool } from "../../src/base/worker-pool.ts";
import { projectionOf } from "../../src/columns/projection.ts";
import type { Source } from "../../src/ingest/byte-source.ts";
import type { LoadOptions } from "../../src/ingest/load.ts";
import type { PartTask } from "../../src/ingest/part-tasks.ts";
import type { ReaderChoice } from "../../src/ingest/record-loader.ts";
import { expandSources, memorySource } from "../../src/ingest/sources.ts";
import { someExport } from "../support/arbitrary-exports.ts";
import { runs } from "../support/runs.ts";
import { tempFile } from "../support/temp-dir.ts";
import { fakeThreads, outcomeOf } from "./outcomes.ts";
import { span, trace } from "./rows.ts";

const policies = fc.record({
  onError: fc.constantFrom<LoadOptions["onError"]>("skip", "skip", "stop"),
  duplicates: fc.constantFrom<LoadOptions["duplicates"]>("last", "last", "keep", "error"),
  payload: fc.constantFrom<LoadOptions["payload"]>("place", "keep", "drop"),
  allowNan: fc.boolean(),
});
/** Readers of one thread and of several: the same data by both. */
const readers = fc.constantFrom<readonly [ReaderChoice, ReaderChoice]>(
  ["interpreter", "walker"],
  ["walker", "walker"],
  ["interpreter", "auto"],
);
const someThreads = fc
  .record({
    threads: fc.integer({ min: 2, max: 4 }),
    batchBytes: fc.constantFrom(1, 300, 3_000, 100_000),
    seed: fc.nat(),
  })
  .map(({ threads, batchBytes, seed }) => ({
    ...fakeThreads(threads, { batchBytes }, seed),
    toString: () => `${threads} threads, ${batchBytes} bytes, seed ${seed}`,
  }));
const chunks = fc.constantFrom(64, 500, 4_096, 2 ** 20, 2 ** 24);
const someLimits = fc
  .record({
    columns: fc.constantFrom(2, 10_000),
    record: fc.constantFrom(2_000, 2 ** 28),
    depth: fc.constantFrom(5, 1_000),
  })
  .map((given) => resolveLimits(given));

describe("equals one thread", () => {
  it("for any export, policy, batch, chunk and order of answers", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(someExport(30), { minLength: 1, maxLength: 3 }),
        fc.record({
          policy: policies,
          readers,
          limits: someLimits,
          threading: someThreads,
          chunkBytes: chunks,
          isStream: fc.boolean(),
        }),
        async (files, { policy, readers: [one, several], limits, threading, chunkBytes, isStream }) => {
          const sources = () =>
            files.map(({ bytes }, i) => {
              const source = memorySource(`m${i}`, bytes, { chunkBytes });
              return isStream ? asStream(source) : source;
            });
          const expected = await outcomeOf(sources(), { ...policy, limits, reader: one });
          expect(await outcomeOf(sources(), { ...policy, limits, threading, reader: several })).toEqual(expected);
        },
      ),
      { numRuns: runs(13, 25) },
    );
  });

  it("when a record among documents or in an array is none, wherever it stands", async () => {
    const small = Array.from({ length: 12 }, (_, i) =>
      JSON.stringify(trace({ id: `t${i % 9}`, spans: [span(`a${i}`)] }), null, 1),
    );
    const harms: ((text: string) => string)[] = [
      (text) => text.replace(":", ""),
      (text) => text.slice(0, -1),
      (text) => text.replace('"t', '"\u0001'),
      (text) => text.replace('"t', "NaN, "),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          harm: fc.constantFrom(...harms),
          at: fc.uniqueArray(fc.nat(small.length - 1), { minLength: 1, maxLength: 3 }),
          joint: fc.constantFrom("\n", "", ","),
          batchBytes: fc.constantFrom(1, 1_500, 100_000),
          chunkBytes: fc.constantFrom(100, 1_000, 10_000),
          onError: fc.constantFrom<LoadOptions["onError"]>("skip", "skip", "stop"),
          seed: fc.nat(),
        }),
        async ({ harm, at, joint, batchBytes, chunkBytes, onError, seed }) => {
          const body = small.map((text, i) => (at.includes(i) ? harm(text) : text)).join(joint);
          const text = joint === "," ? `[${body}]` : body;
          const sources = () => ["a", "b"].map((name) => memorySource(name, Buffer.from(text), { chunkBytes }));
          const expected = await outcomeOf(sources(), { onError });
          const threading = fakeThreads(3, { batchBytes }, seed);
          expect(await outcomeOf(sources(), { onError, threading })).toEqual(expected);
        },
      ),
      { numRuns: runs(10, 20) },
    );
  });
});

/** A source that can be read once and does not know its size. */
function asStream(source: Source): Source {
  return {
    get info() {
      return { ...source.info, kind: "stdin", sizeBytes: undefined } as const;
    },
    get consumedBytes() {
      return source.consumedBytes;
    },
    chunks: () => source.chunks(),
  };
}

const RECORDS = Array.from({ length: 400 }, (_, i) =>
  trace({
    id: `t${i % 350}`,
    info: { tags: { [`k${i % 7}`]: `v${i % 11}`, "mlflow.traceName": `n${i % 5}` } },
    spans: [span(`a${i}`), span(`b${i}`, { attributes: { [`x${i % 13}`]: String(i) } })],
  }),
);
const FILES = {
  lines: RECORDS.map((record) => `${JSON.stringify(record)}\n`).join(""),
  array: JSON.stringify(RECORDS),
  documents: RECORDS.map((record) => JSON.stringify(record, null, 2)).join("\n"),
  // Astray in the middle: reading starts again there.
  "bad document": RECORDS.map((record, i) => JSON.stringify(record, null, 2).replace(/:/, i === 200 ? "" : ":")).join(
    "\n",
  ),
};

describe("real threads", () => {
  it.each(Object.entries(FILES))("equal one: %s, from files, plain and compressed", async (_, text) => {
    const paths = [tempFile("a.json", text), tempFile("b.json.gz", gzipSync(text))];
    const sources = async () => (await expandSources(paths, { chunkBytes: 10_000 })).sources;
    // Kept bytes cross from thread to thread, which one framing shows.
    const options = { onError: "skip", payload: text === FILES.lines ? "keep" : "place" } as const;
    const threading = { threads: 2, fromBytes: 0, waits: true, batchBytes: 20_000 };
    const expected = await outcomeOf(await sources(), options);
    expect(await outcomeOf(await sources(), { ...options, threading })).toEqual(expected);
  });

  it("are not waited for by a load that one thread has done meanwhile", async () => {
    let isAsked = false;
    const start = (): WorkerPool => ({
      threads: 1,
      close: () => Promise.resolve(),
      run: (task) => {
        isAsked ||= (task as PartTask).kind !== "begin";
        return new Promise(() => undefined);
      },
    });
    const path = tempFile("a.jsonl", FILES.lines);
    const options = { onError: "skip", threading: { threads: 2, fromBytes: 0, rangeBytes: 5_000, start } } as const;
    const { sources } = await expandSources([path]);
    expect(await outcomeOf(sources, options)).toEqual(await outcomeOf(sources, { onError: "skip" }));
    expect(isAsked).toBe(false);
  });

  it("hold nothing of the loads before: other columns, formats and limits, and one that failed", async () => {
    const text = FILES.lines;
    const bad = `${text}{"broken"\n`;
    const threading = { threads: 2, fromBytes: 0, waits: true, rangeBytes: 5_000 };
    const loads: readonly (readonly [string, Partial<LoadOptions>])[] = [
      [text, { columns: projectionOf(["traces.trace_id", "spans.name"]) }],
      [bad, { onError: "stop" }],
      [text, { limits: resolveLimits({ columns: 2 }), payload: "keep" }],
      [bad, { onError: "skip", duplicates: "keep" }],
    ];
    for (const [content, options] of loads) {
      const { sources } = await expandSources([tempFile("a.jsonl", content)]);
      expect(await outcomeOf(sources, { ...options, threading })).toEqual(await outcomeOf(sources, options));
    }
  });
});
