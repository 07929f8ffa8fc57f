// Row N003a of the bad-input cases: sums of the same rows have the same bits for any number of threads and any chunk size.
// A million spans in memory are summed by one to four threads (eight in `npm run verify`); a file is loaded in chunks of 7,
// 1,024 and 65,536 bytes, by one thread and by several, before it is summed.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ALL_COLUMNS, projectionOf } from "../../src/columns/projection.ts";
import { openDataset } from "../../src/engine.ts";
import { load } from "../../src/ingest/load.ts";
import { emptyPayload } from "../../src/ingest/payload-reader.ts";
import { memorySource } from "../../src/ingest/sources.ts";
import { generateColumns } from "../../src/synth/columns.ts";
import { loadOptions } from "../ingest/rows.ts";
import { runs } from "../support/runs.ts";

const COST = { view_type: "SPANS", metric_name: "total_cost", aggregations: [{ aggregation_type: "SUM" }] };
const THREADS = runs(1) === 1 ? [1, 2, 3, 4] : [1, 2, 3, 4, 5, 6, 7, 8];
const FILE = new URL("../../fixtures/mlflow-v3/support-agents.jsonl", import.meta.url);

describe("N003a: float sums have the same bits", () => {
  it("N003a: of a million spans, by any number of threads", async () => {
    const wanted = projectionOf(["spans.total_cost", "spans.trace_row", "spans.start_ms", "traces.timestamp_ms"]);
    const tables = generateColumns({ traces: 360_000, seed: 3 }, wanted);
    expect(tables.spans.rows).toBeGreaterThan(1_000_000);
    const records = { sources: new Int32Array(0), starts: new Float64Array(0), lengths: new Uint32Array(0) };
    const sums = new Set<number | undefined>();
    for (const threads of THREADS) {
      const store = await openDataset({ ...tables, payload: emptyPayload(records) }, { threads });
      const { data_points } = await store.metrics(COST);
      sums.add(data_points[0]?.values["SUM"]);
      store.close();
    }
    expect([...sums]).toEqual([expect.any(Number)]);
  });

  it("N003a: of a file, in any chunks, loaded by any number of threads", async () => {
    const bytes = readFileSync(FILE);
    const sums = new Set<number | undefined>();
    for (const chunkBytes of [7, 1_024, 65_536]) {
      for (const threads of [1, 2]) {
        const options = loadOptions({
          columns: ALL_COLUMNS,
          threading: { threads, fromBytes: 0, waits: true, batchBytes: 10_000 },
        });
        const { dataset } = await load([memorySource("m", bytes, { chunkBytes })], options);
        const { data_points } = await (await openDataset(dataset, { threads })).metrics(COST);
        sums.add(data_points[0]?.values["SUM"]);
      }
    }
    expect([...sums]).toEqual([0.5166459999999999]);
  });
});
