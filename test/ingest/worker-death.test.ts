// A worker of a load that dies, whenever and however, makes the load fail with E_WORKER at once; an abort ends it too.
// TRACEMILL_RUNS=50 makes a hundred deaths and more.

import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { startPool, type WorkerPool } from "../../src/base/worker-pool.ts";
import { load } from "../../src/ingest/load.ts";
import { expandSources, memorySource, type Source } from "../../src/ingest/sources.ts";
import type { Death, DyingInput } from "../support/dying-load.worker.ts";
import { builtWorker } from "../support/program.ts";
import { runs, SEED } from "../support/runs.ts";
import { tempFile } from "../support/temp-dir.ts";
import { loadOptions, trace } from "./rows.ts";

const SCRIPT = builtWorker("dying-load.worker");
const BATCHES = 40;
/** A death that is noticed late, or never, shows; a busy machine alone does not. */
const LATEST_MS = 10_000;

const TEXT = Array.from({ length: BATCHES }, (_, i) => `${JSON.stringify(trace({ id: `t${i}` }))}\n`).join("");
const source = (): Source => memorySource("m", Buffer.from(TEXT), { chunkBytes: 200 });

async function failure(work: Promise<unknown>): Promise<EngineError> {
  const error = await work.then(
    () => expect.unreachable("the load ended well"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineError);
  return error as EngineError;
}

/** Loads with two workers of which one dies at batch or range `at`; the milliseconds until the load knew. */
async function dies(death: Death, at: number, from = source()): Promise<number> {
  const left = new Int32Array(new SharedArrayBuffer(4)).fill(at);
  const diedMs = new Float64Array(new SharedArrayBuffer(8));
  const threading = {
    threads: 3,
    fromBytes: 0,
    waits: true,
    batchBytes: 1,
    rangeBytes: 100,
    start: (threads: number) => {
      const workerData: DyingInput = { death, left, diedMs };
      return startPool({ script: SCRIPT, threads, workerData, resourceLimits: { maxOldGenerationSizeMb: 48 } });
    },
  };
  const error = await failure(load([from], loadOptions({ threading })));
  expect(error.code).toBe("E_WORKER");
  return Date.now() - diedMs[0]!;
}

describe("a worker that dies", () => {
  it.each(["throw", "exit", "heap"] as const)("%s", async (death) => {
    for (let round = 0; round < runs(1); round++) {
      const at = 1 + ((SEED + 7 * round) % BATCHES);
      expect(await dies(death, at), `batch ${at}`).toBeLessThan(LATEST_MS);
    }
  });

  it.each(["throw", "exit"] as const)("%s, while it reads a file itself", async (death) => {
    const { sources } = await expandSources([tempFile("a.jsonl", TEXT)]);
    for (let round = 0; round < runs(1); round++) {
      const at = 1 + ((SEED + 7 * round) % BATCHES);
      expect(await dies(death, at, sources[0]!), `range ${at}`).toBeLessThan(LATEST_MS);
    }
  });

  it("terminated from outside", async () => {
    for (let round = 0; round < runs(1); round++) {
      // The worker has half of the batches for sure, and merges.
      let tasks = 1 + ((SEED + 7 * round) % (BATCHES / 2));
      const start = (threads: number): WorkerPool => {
        const pool = startPool({ script: builtWorker("load.worker"), threads });
        return {
          threads,
          close: () => pool.close(),
          run: (task, options) => {
            const answer = pool.run<never>(task, options);
            if (--tasks === 0) void pool.close();
            return answer;
          },
        };
      };
      const error = await failure(
        load([source()], loadOptions({ threading: { threads: 2, fromBytes: 0, waits: true, batchBytes: 1, start } })),
      );
      expect(error.code).toBe("E_WORKER");
    }
  });

  it("is noticed while a pipe is silent", async () => {
    let isClosed = false;
    async function* chunks() {
      yield { bytes: Buffer.from(TEXT), offset: 0 };
      await new Promise(() => undefined);
    }
    const info = { ...source().info, kind: "stdin", sizeBytes: undefined } as const;
    const silent: Source = { info, consumedBytes: 0, chunks };
    const start = (threads: number): WorkerPool => {
      const left = new Int32Array(new SharedArrayBuffer(4)).fill(2);
      const workerData: DyingInput = { death: "exit", left, diedMs: new Float64Array(1) };
      const pool = startPool({ script: SCRIPT, threads, workerData });
      const close = async () => {
        await pool.close();
        isClosed = true;
      };
      return { threads, run: pool.run.bind(pool), close };
    };
    const threading = { threads: 2, fromBytes: 1, waits: true, batchBytes: 1, start };
    expect((await failure(load([silent], loadOptions({ threading })))).code).toBe("E_WORKER");
    expect(isClosed).toBe(true);
  });
});

it("an abort ends a load with threads", async () => {
  const abort = new AbortController();
  const onProgress = () => abort.abort();
  const threading = { threads: 2, fromBytes: 0, batchBytes: 1 };
  const error = await failure(load([source()], loadOptions({ threading, onProgress, signal: abort.signal })));
  expect([error.code, error.name]).toEqual(["E_ABORTED", "AbortError"]);
});
