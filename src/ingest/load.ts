// Sources -> records -> columns, on one thread or several: chooses which.
// Called by engine.ts. What must stay true: read = loaded + rejected for every file; a load that fails leaves nothing
// open; the tables depend neither on how the bytes come in chunks nor on the number of threads.

import type { Source } from "./byte-source.ts";
import { headed } from "./headed-source.ts";
import type { LoadOptions, LoadResult, Threading } from "./load-options.ts";
import { DEFAULT_FROM_BYTES, FROM_BYTES } from "./load-threads.ts";
import { loadInParallel } from "./parallel-load.ts";
import { loadInSequence } from "./sequential-load.ts";

export type { LoadOptions, LoadProgress, LoadResult, Threading } from "./load-options.ts";

/** A stream that is longer than this is taken for a large one: more is not held in memory to find out. */
const LONGEST_HEAD = 32 * 2 ** 20;
/** Memory limit from which a thread, which takes a quarter of it for itself, is worth it. */
const LIMIT_PER_THREAD = 128 * 2 ** 20;
/** Expected ratio of compressed exports; they are repetitive. */
const USUAL_EXPANSION = 6;

/** Loads all records of the sources, in order. Throws the read codes, E_MEMORY, E_ABORTED, E_TOO_MANY_REJECTS, E_WORKER. */
export async function load(sources: readonly Source[], options: LoadOptions): Promise<LoadResult> {
  const threading = usable(options);
  if (threading === undefined) return loadInSequence(sources, options);
  if (threading.isDefault) {
    const plain = sources.reduce((sum, { info }) => sum + (info.file === undefined ? 0 : (info.sizeBytes ?? 0)), 0);
    if (plain < (threading.fromBytes ?? DEFAULT_FROM_BYTES)) return loadInSequence(sources, options);
    return loadInParallel(sources, options, threading);
  }
  const fromBytes = threading.fromBytes ?? FROM_BYTES;
  const expected = sources.reduce((sum, source) => sum + expectedBytes(source), 0);
  if (expected >= fromBytes) return loadInParallel(sources, options, threading);
  const unknown = sources.findIndex(({ info }) => info.sizeBytes === undefined);
  if (unknown < 0) return loadInSequence(sources, options);
  // A stream tells its size by its first bytes: it ends within them, or is large.
  const { source, isWhole } = await headed(sources[unknown]!, Math.min(fromBytes, LONGEST_HEAD));
  const known = sources.with(unknown, source);
  return isWhole ? loadInSequence(known, options) : loadInParallel(known, options, threading);
}

/**
 * The threads to use; undefined for none. Under `error` and `skip` a refused duplicate leaves no trace in the tables, which
 * takes one thread to know at once. Under a small memory limit threads would take what the columns need.
 */
function usable({ threading, duplicates, onError, memoryLimitBytes }: LoadOptions): Threading | undefined {
  if (threading?.isDefault && memoryLimitBytes !== undefined && !threading.isLimitDefault) return undefined;
  if (threading === undefined || (duplicates === "error" && onError === "skip")) return undefined;
  const affordable = Math.floor((memoryLimitBytes ?? Number.POSITIVE_INFINITY) / LIMIT_PER_THREAD);
  const threads = Math.min(threading.threads, affordable);
  return threads > 1 ? { ...threading, threads } : undefined;
}

function expectedBytes({ info }: Source): number {
  return (info.sizeBytes ?? 0) * (info.compression === "none" ? 1 : USUAL_EXPANSION);
}
