// How fast is the t-digest, and how far off, beside npm's tdigest, DuckDB's approx_quantile and exact percentiles?
// Called by run.ts as `digest`. Speed: digest-speed.ts. Error: distributions, orders of arrival, numbers of values and of
// merged parts; ranks and values, by percentile.

import { condenseSegment, TDigest } from "../src/kernels/tdigest.ts";
import {
  exactPercentile,
  FAMILIES,
  HARD_FAMILIES,
  ORDERS,
  PERCENTILES,
  RANK_BOUNDS,
  rankError,
  valuesOf,
} from "./digest-families.ts";
import { digestSpeed } from "./digest-speed.ts";
import type { BenchResult } from "./record.ts";

/** What to run. */
export interface DigestSettings {
  /** Values of the speed part. */
  readonly values: number;
  readonly seed: number;
  readonly runs: number;
  readonly say: (line: string) => void;
}

const GROUPS = 1_000;
const ERROR_VALUES = [500_000, 5_000_000];
const PARTS = [1, 8, 100];

/** Runs the bench. Throws when an engine's median is not near tracemill's. */
export async function runDigest({ values, seed, runs, say }: DigestSettings): Promise<BenchResult> {
  const speed = await digestSpeed({ values, groups: GROUPS, seed, runs, say });
  const errors = errorTable(FAMILIES, say);
  const hard = errorTable(HARD_FAMILIES, say);
  const pastBounds = errors.filter(({ isWithin }) => !isWithin);
  say(`${errors.length} digests of promised families, ${pastBounds.length} past the bounds`);
  return {
    bench: "digest",
    question: "How fast is the t-digest, and how far off?",
    details: {
      settings: { values, seed, runs, groups: GROUPS, errorValues: ERROR_VALUES, parts: PARTS },
      speed,
      bounds: RANK_BOUNDS,
      pastBounds,
      worst: { rank: worstOf(errors, "rank"), value: worstOf(errors, "value") },
      errors: errors.map(({ isWithin: _, ...row }) => row),
      notPromised: { rank: worstOf(hard, "rank"), value: worstOf(hard, "value") },
    },
  };
}

interface ErrorRow {
  readonly family: string;
  readonly values: number;
  readonly order: string;
  readonly parts: number;
  /** By percentile: rank error as a share of the values, and the value's relative error. */
  readonly rank: Readonly<Record<string, number>>;
  readonly value: Readonly<Record<string, number>>;
  readonly centroids: number;
  readonly isWithin: boolean;
}

function errorTable(families: typeof FAMILIES, say: (line: string) => void): readonly ErrorRow[] {
  const rows: ErrorRow[] = [];
  for (const [family, draw] of families) {
    for (const count of ERROR_VALUES) {
      const given = valuesOf(draw, count);
      const sorted = given.slice().sort();
      for (const [order, arrange] of ORDERS) {
        for (const parts of PARTS) {
          rows.push(errorRow({ family, values: count, order, parts }, arrange(given, sorted), sorted));
        }
      }
    }
    const own = rows.filter((row) => row.family === family);
    for (const kind of ["rank", "value"] as const)
      say(`${kind} errors of ${family}: ${shown(worstOf(own, kind)[family])}`);
  }
  return rows;
}

function shown(errors: Readonly<Record<string, number>> = {}): string {
  return Object.entries(errors)
    .map(([percentile, error]) => `${percentile} ${error === 0 ? 0 : error.toExponential(1)}`)
    .join(", ");
}

function errorRow(
  of: Pick<ErrorRow, "family" | "values" | "order" | "parts">,
  values: Float64Array,
  sorted: Float64Array,
): ErrorRow {
  const digest = new TDigest();
  const size = Math.ceil(values.length / of.parts);
  for (let start = 0; start < values.length; start += size) {
    digest.merge(TDigest.of(condenseSegment(values, start, Math.min(values.length, start + size))));
  }
  const rank: Record<string, number> = {};
  const value: Record<string, number> = {};
  for (const percentile of PERCENTILES) {
    const found = digest.percentile(percentile);
    const exact = exactPercentile(sorted, percentile);
    rank[`P${percentile}`] = rankError(sorted, percentile, found);
    value[`P${percentile}`] = exact === found ? 0 : Math.abs(found - exact) / Math.abs(exact);
  }
  const isWithin = RANK_BOUNDS.every(
    ([percentile, bound]) => (rank[`P${percentile}`] ?? 0) <= bound || (value[`P${percentile}`] ?? 0) <= 1e-9,
  );
  return { ...of, rank, value, centroids: digest.centroids().means.length, isWithin };
}

/** The worst errors of each family, by percentile. */
function worstOf(
  rows: readonly ErrorRow[],
  kind: "rank" | "value",
): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const worst: Record<string, Record<string, number>> = {};
  for (const row of rows) {
    const found = worst[row.family] ?? {};
    worst[row.family] = found;
    for (const [percentile, error] of Object.entries(row[kind])) {
      found[percentile] = Math.max(found[percentile] ?? 0, error);
    }
  }
  return worst;
}
