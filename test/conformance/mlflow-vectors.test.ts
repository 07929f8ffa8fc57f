// The recorded answers of a real MLflow, replayed in strict mode: searches and metric requests over the same traces.
// What differs is counted by kind; docs/differences.md has every kind, with MLflow's own defect behind it.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { resolveLimits } from "../../src/base/limits.ts";
import { ALL_COLUMNS } from "../../src/columns/projection.ts";
import type { Dataset } from "../../src/columns/table.ts";
import { runPlan } from "../../src/exec/compile.ts";
import { planMetrics } from "../../src/frontends/mlflow-metrics.ts";
import { planSearch } from "../../src/frontends/mlflow-search.ts";
import { searchLanguage } from "../../src/frontends/search-language.ts";
import { load } from "../../src/ingest/load.ts";
import { expandSources } from "../../src/ingest/sources.ts";
import { patternFault } from "../../src/kernels/regex.ts";
import { optimize } from "../../src/optimize/index.ts";
import {
  hasVectors,
  type MetricsVector,
  metricsVectors,
  type SearchVector,
  searchVectors,
  vectorTraces,
} from "../support/oracle-vectors.ts";
import { expectPoints } from "../support/points.ts";

const RUN = { maxGroups: 1_000_000 };
const LANGUAGE = searchLanguage({ strict: true, limits: {}, checkPattern: patternFault, regex: "linear" });
const DIFFERENCES = fileURLToPath(new URL("../../docs/differences.md", import.meta.url));

/** Refusals whose words differ from MLflow's, by the id of their row in docs/differences.md. */
const EXPLAINED: readonly { readonly id: string; readonly isIt: (error: string, message: string) => boolean }[] = [
  // The database driver's text about a value that it cannot bind.
  { id: "S1", isIt: (error) => error.includes("sqlite3.ProgrammingError") },
  // Python's text about a list that is no literal, with an address in memory.
  { id: "S1", isIt: (error, message) => error.startsWith("malformed node") && message.startsWith("malformed node") },
];

type Refusable = Pick<SearchVector, "error" | "crash">;

/**
 * A message without what is unstable in MLflow's: the order of sets, the quote that it forgets behind some, the name of a
 * Python type around a list, and the tokens that its tokenizer makes of a rest of a metrics filter.
 */
function settled(message: string): string {
  const rest = /^Invalid clause\(s\) in filter string: (?!')/.exec(message);
  if (rest !== null) return rest[0];
  return message
    .replace(/dict_keys\((.*)\)/, "$1")
    .replace(/'?\{([^{}]*)\}'?/g, (_, inside: string) => `{${inside.split(", ").sort().join(", ")}}`);
}

let dataset: Dataset;
beforeAll(async () => {
  if (!hasVectors) return;
  const { sources } = await expandSources([vectorTraces], { expansion: 200 });
  const loaded = await load(sources, {
    onError: "stop",
    duplicates: "last",
    allowNan: false,
    payload: "keep",
    columns: ALL_COLUMNS,
    limits: resolveLimits(),
    format: "auto",
  });
  dataset = loaded.dataset;
});

async function search(vector: SearchVector) {
  const request = {
    experimentIds: vector.experiments,
    filterString: vector.filter,
    orderBy: vector.order_by,
    maxResults: vector.max_results,
    pageToken: vector.page_token ?? null,
  };
  const { plan, shape } = planSearch(request, { strict: true, language: LANGUAGE });
  const { rows, nextPageToken } = shape(await runPlan(optimize(plan).plan, dataset, RUN));
  return { rows: [...rows], token: nextPageToken };
}

async function metrics({ points: _, error: __, crash: ___, ...request }: MetricsVector) {
  const { plan, shape } = planMetrics(request, { strict: true, percentiles: "exact" });
  return shape(await runPlan(optimize(plan).plan, dataset, RUN)).data_points;
}

/** The refusal's message; undefined when the answer came. */
async function refusalOf(answer: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await answer();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The kind of a refusal that differs from MLflow's, or undefined when it is the same. */
function differenceOf(vector: Refusable, message: string | undefined): string | undefined {
  if (message === undefined) return "accepted";
  if (vector.error !== undefined && settled(vector.error) === settled(message)) return undefined;
  if (vector.crash !== undefined) return "S1";
  const error = vector.error ?? "";
  return EXPLAINED.find(({ isIt }) => isIt(error, message))?.id ?? `${error} <> ${message}`;
}

describe.skipIf(!hasVectors)("recorded answers of MLflow", () => {
  it("are many", () => {
    expect(searchVectors().length).toBeGreaterThanOrEqual(3_000);
    expect(metricsVectors().length).toBeGreaterThanOrEqual(1_400);
  });

  it("searches give the same rows, in order, and the same token", async () => {
    for (const vector of searchVectors()) {
      if (vector.rows === undefined) continue;
      const answer = await search(vector);
      const { filter, order_by, rows, token } = vector;
      // A plain comparison first: many pages of hundreds of rows.
      if (JSON.stringify(answer) === JSON.stringify({ rows, token })) continue;
      expect({ filter, order_by, ...answer }).toEqual({ filter, order_by, rows, token });
    }
  });

  it("searches are refused with the same words", async () => {
    const found = new Set<string>();
    for (const vector of searchVectors()) {
      if (vector.rows !== undefined) continue;
      const difference = differenceOf(vector, await refusalOf(() => search(vector)));
      if (difference !== undefined) found.add(difference);
    }
    expectExplained(found);
  });

  it("metrics give the same points", async () => {
    for (const vector of metricsVectors()) {
      if (vector.points === undefined) continue;
      const points = (await metrics(vector)).map(({ dimensions, values }) => ({ dimensions, values }));
      expectPoints(points, vector.points);
    }
  });

  it("metrics are refused with the same words", async () => {
    const found = new Set<string>();
    for (const vector of metricsVectors()) {
      if (vector.points !== undefined) continue;
      const difference = differenceOf(vector, await refusalOf(() => metrics(vector)));
      if (difference !== undefined) found.add(difference);
    }
    expectExplained(found);
  });
});

function expectExplained(found: ReadonlySet<string>): void {
  const text = readFileSync(DIFFERENCES, "utf8");
  const listed = [...text.matchAll(/^\| ([MS]\d+) \|/gm)].map(([, id]) => id ?? "");
  expect([...found].filter((id) => !listed.includes(id))).toEqual([]);
}
