// What a load with threads takes: buffers that do not grow with the input, a limit that is kept, a bomb that is stopped.

import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type LoadOptions, load } from "../../src/ingest/load.ts";
import { loadInParallel } from "../../src/ingest/parallel-load.ts";
import { BatchBuffers } from "../../src/ingest/record-batch.ts";
import { memorySource, type Source } from "../../src/ingest/sources.ts";
import { partPool } from "../support/part-pool.ts";
import { loadOptions, trace } from "./rows.ts";

const THREADING = {
  threads: 2,
  fromBytes: 0,
  start: (count) => partPool(count, Math.random),
} satisfies LoadOptions["threading"] & object;

/** `count` records, made as they are read. */
function stream(count: number): Source {
  let records = 0;
  async function* chunks() {
    let offset = 0;
    while (records < count) {
      const lines = Array.from({ length: 100 }, () => `${JSON.stringify(trace({ id: `t${records++}` }))}\n`);
      const bytes = Buffer.from(lines.join(""));
      yield { bytes, offset };
      offset += bytes.length;
    }
  }
  const info = { name: "s", kind: "stdin", compression: "none", sizeBytes: undefined, placeable: false } as const;
  return { info, consumedBytes: 0, chunks };
}

describe("buffers", () => {
  it.each([2_000, 20_000])("are as many for %d records", async (count) => {
    const sizes = new Set<number>();
    const take = BatchBuffers.prototype.take;
    BatchBuffers.prototype.take = function (length) {
      const buffer = take.call(this, length);
      sizes.add(this.sizeBytes);
      return buffer;
    };
    try {
      const threading = { ...THREADING, batchBytes: 4_096 };
      const { report } = await load([stream(count)], loadOptions({ threading, payload: "drop" }));
      expect(report.loaded).toBe(count);
    } finally {
      BatchBuffers.prototype.take = take;
    }
    // Three batches a thread, what one chunk may add, and one that is being filled.
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4_096 * 24);
  });
});

/** A record, then `count` chunks of blank lines, each in memory of its own. Tells the most memory of buffers seen. */
function blankStream(count: number): { readonly source: Source; readonly peak: () => number } {
  const length = 4 * 2 ** 20;
  let peak = 0;
  async function* chunks() {
    yield { bytes: Buffer.from(`${JSON.stringify(trace({ id: "t" }))}\n`), offset: 0 };
    for (let at = 0; at < count; at += 1) {
      yield { bytes: Buffer.alloc(length, " \n"), offset: 1_000 + at * length };
      // Garbage is collected between turns of the loop.
      await new Promise((resolve) => setImmediate(resolve));
      peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    }
  }
  const info = { name: "s", kind: "stdin", compression: "none", sizeBytes: undefined, placeable: false } as const;
  return { source: { info, consumedBytes: 0, chunks }, peak: () => peak };
}

it("lets go of the chunks that were read", async () => {
  const before = process.memoryUsage().arrayBuffers;
  const { source, peak } = blankStream(70);
  const { report } = await load([source], loadOptions({ threading: THREADING, payload: "drop" }));
  expect(report.loaded).toBe(1);
  // Kept, they would take 280 MiB.
  expect(peak() - before).toBeLessThan(200 * 2 ** 20);
});

describe("limits", () => {
  it("E_MEMORY comes before the limit", async () => {
    // Two threads count 64 MiB for themselves; the records kept here pass the rest.
    const options = loadOptions({ payload: "keep", memoryLimitBytes: 78_000_000 });
    const work = loadInParallel([stream(400_000)], options, THREADING);
    await expect(work).rejects.toMatchObject({ code: "E_MEMORY" });
  });

  it("a small limit takes one thread", async () => {
    const start = () => expect.unreachable("a thread was started");
    const options = loadOptions({ threading: { threads: 2, fromBytes: 0, start }, memoryLimitBytes: 100_000_000 });
    expect((await load([stream(10)], options)).report.loaded).toBe(100);
  });

  it("a gzip bomb is stopped", async () => {
    const bomb = gzipSync(
      Buffer.concat([Buffer.from(`${JSON.stringify(trace({ id: "t" }))}\n`), Buffer.alloc(70 << 20, " ")]),
    );
    const options = loadOptions({ threading: THREADING });
    await expect(load([memorySource("bomb.gz", bomb)], options)).rejects.toMatchObject({ code: "E_DECOMPRESS_LIMIT" });
  });
});
