// The rule by itself, and what it is for: records of traces that fail the other conditions are not read.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { resolveLimits } from "../../src/base/limits.ts";
import { ALL_COLUMNS } from "../../src/columns/projection.ts";
import type { Dataset } from "../../src/columns/table.ts";
import { runPlan } from "../../src/exec/compile.ts";
import { planSearch } from "../../src/frontends/mlflow-search.ts";
import { searchLanguage } from "../../src/frontends/search-language.ts";
import { load } from "../../src/ingest/load.ts";
import { expandSources, memoryInput } from "../../src/ingest/sources.ts";
import { optimize } from "../../src/optimize/index.ts";
import { pushIntoExists } from "../../src/optimize/push-into-exists.ts";
import { explainPlan } from "../../src/plan/explain.ts";
import { fixturePath } from "../support/fixtures.ts";

const language = searchLanguage({ strict: false, limits: {}, checkPattern: () => undefined, regex: "linear" });

function planOf(filterString: string) {
  return planSearch({ filterString, maxResults: 1_000 }, { strict: false, language });
}

function filterLine(filterString: string): string | undefined {
  const { plan } = planOf(filterString);
  const after = pushIntoExists.apply(plan);
  return after === plan
    ? "unchanged"
    : explainPlan(after)
        .split("\n")
        .find((line) => line.includes("filter"))
        ?.trim();
}

async function fixture(): Promise<Dataset> {
  const bytes = readFileSync(fixturePath("mlflow-v3/support-agents.jsonl"));
  const { sources } = await expandSources([memoryInput("x", bytes)], { expansion: 200 });
  const { dataset } = await load(sources, {
    onError: "stop",
    duplicates: "last",
    allowNan: false,
    payload: "keep",
    columns: ALL_COLUMNS,
    limits: resolveLimits(),
    format: "auto",
  });
  return dataset;
}

describe("push-into-exists", () => {
  it("repeats conditions on traces inside", () => {
    const line = filterLine("status = 'ERROR' AND trace.text LIKE '%refund%'") ?? "";
    expect(line.match(/traces\.state = 'ERROR'/g)).toHaveLength(2);
  });

  it.each([
    ["no payload is read", "status = 'ERROR' AND span.name = 'x'"],
    ["there is no condition on traces", "trace.text LIKE '%refund%' AND feedback.x IS NOT NULL"],
    ["it stands under OR", "status = 'ERROR' OR trace.text LIKE '%refund%'"],
    ["it stands under NOT", "status = 'ERROR' AND NOT trace.text LIKE '%refund%'"],
  ])("does not fire when %s", (_, filterString) => {
    expect(filterLine(filterString)).toBe("unchanged");
  });

  it("spares the records of other traces, and changes no row", async () => {
    const dataset = await fixture();
    const read = new Set<number>();
    const recordBytes = (row: number) => {
      read.add(row);
      return dataset.payload.recordBytes(row);
    };
    const counting = { ...dataset, payload: { ...dataset.payload, recordBytes } };
    const { plan, shape } = planOf("status = 'ERROR' AND trace.text LIKE '%order%'");
    const answer = async (disabled: ReadonlySet<string>) => {
      read.clear();
      const { rows } = shape(await runPlan(optimize(plan, { disabled }).plan, counting, { maxGroups: 10 }));
      return { rows: [...rows], read: read.size };
    };
    const without = await answer(new Set(["push-into-exists"]));
    const withRule = await answer(new Set());
    expect(withRule.rows).toEqual(without.rows);
    expect(without.read).toBe(dataset.traces.rows);
    expect(withRule.read).toBeLessThan(dataset.traces.rows / 2);
    expect(withRule.rows.length).toBeGreaterThan(0);
  });
});
