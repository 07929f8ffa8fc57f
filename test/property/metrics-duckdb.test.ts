// Random traces and random metrics requests: the engine gives what DuckDB gives for SQL written on its own.

import fc from "fast-check";
import { describe, it } from "vitest";
import { memoryInput, open } from "../../src/index.ts";
import { exportLines } from "../conformance/fixture-writer.ts";
import { someRequest, someTraces } from "../support/arbitrary-traces.ts";
import { connectDuckDb, duckDbMetrics, loadDuckDb } from "../support/duckdb-metrics.ts";
import { expectPoints } from "../support/points.ts";
import { runs } from "../support/runs.ts";

const requests = fc.array(
  fc
    .boolean()
    .chain(someRequest)
    .filter(({ dimensions }) => !(dimensions ?? []).includes("assessment_value")),
  { minLength: 4, maxLength: 8 },
);

describe("metrics", () => {
  it("equal DuckDB's", async () => {
    const connection = await connectDuckDb();
    await fc.assert(
      fc.asyncProperty(someTraces(25), requests, async (traces, asked) => {
        await loadDuckDb(connection, traces);
        const store = await open([memoryInput("random.jsonl", new TextEncoder().encode(exportLines(traces)))]);
        for (const request of asked) {
          const want = await duckDbMetrics(connection, request);
          expectPoints((await store.metrics(request)).data_points, want, JSON.stringify(request));
        }
        store.close();
      }),
      { numRuns: runs(30, 60) },
    );
    connection.closeSync();
  });
});
