// What a load came to, and threads without threads: for the tests that compare loads with threads and without.

import { EngineError } from "../../src/base/errors.ts";
import type { Source } from "../../src/ingest/byte-source.ts";
import { type LoadOptions, load, type Threading } from "../../src/ingest/load.ts";
import type { RejectedRecord } from "../../src/ingest/report.ts";
import { type Digests, digestsOf } from "../support/digest.ts";
import { partPool } from "../support/part-pool.ts";
import { loadOptions } from "./rows.ts";

/** Everything that a caller can tell about a load. */
export interface Outcome {
  readonly digests: Digests | undefined;
  readonly error: unknown;
  readonly rejects: readonly RejectedRecord[];
}

/** Loads, and tells all about it. */
export async function outcomeOf(sources: readonly Source[], options: Partial<LoadOptions>): Promise<Outcome> {
  const rejects: RejectedRecord[] = [];
  try {
    const result = await load(sources, loadOptions({ ...options, rejects: (record) => rejects.push(record) }));
    return { digests: digestsOf(result), error: undefined, rejects };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { code, message, at, hint } = error;
    return { digests: undefined, error: { code, message, at, hint }, rejects };
  }
}

/** Parts without threads, beside the caller's; `seed` decides in which order they answer. */
export function fakeThreads(threads: number, sizes: Omit<Threading, "threads" | "start">, seed: number): Threading {
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return { threads, fromBytes: 0, ...sizes, start: (count) => partPool(count, random) };
}
