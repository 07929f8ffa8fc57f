// Random traces and random metrics requests: the engine, with the optimiser on and off, gives what the oracle gives.

import fc from "fast-check";
import { describe, it } from "vitest";
import { memoryInput, open } from "../../src/index.ts";
import { exportLines } from "../conformance/fixture-writer.ts";
import { oracleMetrics } from "../oracle/metrics-oracle.ts";
import { someRequest, someTraces } from "../support/arbitrary-traces.ts";
import { expectPoints } from "../support/points.ts";
import { runs } from "../support/runs.ts";

const REQUESTS_A_FIXTURE = 4;

describe.each([
  { mode: "strict", strict: true },
  { mode: "extended", strict: false },
])("metrics in $mode mode", ({ strict }) => {
  it("equal the oracle's", async () => {
    const requests = fc.array(someRequest(strict), { minLength: 1, maxLength: REQUESTS_A_FIXTURE });
    await fc.assert(
      fc.asyncProperty(someTraces(12), requests, async (traces, asked) => {
        const bytes = new TextEncoder().encode(exportLines(traces));
        const store = await open([memoryInput("random.jsonl", bytes)], { strict });
        for (const request of asked) {
          const want = oracleMetrics(traces, request);
          const note = JSON.stringify(request);
          expectPoints((await store.metrics(request)).data_points, want, note);
          expectPoints((await store.metrics(request, { disabledRules: "all" })).data_points, want, note);
        }
        store.close();
      }),
      { numRuns: runs(150, 300) },
    );
  });
});
