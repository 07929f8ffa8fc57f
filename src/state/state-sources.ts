// The files behind a state, as far as they are known: so that rows are not counted twice in silence.
// Called by metrics-state.ts and read-state.ts; the command line notes the files of a run. What must stay true: a file is known
// by its content, whatever its name and folder; the same file with times that do not meet is no overlap.

import { EngineError } from "../base/errors.ts";

/** A file whose rows are behind a state. */
export interface StateSource {
  /** Without folders. */
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of its first and last 64 KiB, in hexadecimal. */
  readonly sha256: string;
  /** Time bounds of the request, whole ms since 1970, both included; absent: none. */
  readonly start_time_ms?: number;
  readonly end_time_ms?: number;
}

/** A state's name in messages, and its files. */
interface Sourced {
  readonly name: string;
  readonly sources?: readonly StateSource[];
}

/** Throws E_STATE_OVERLAP when two states have rows of the same file, at times that meet. */
export function checkOverlap(states: readonly Sourced[]): void {
  const seen = new Map<string, { readonly state: string; readonly source: StateSource }[]>();
  for (const { name: state, sources = [] } of states) {
    const own: { readonly key: string; readonly source: StateSource }[] = [];
    for (const source of sources) {
      // An empty file has no rows.
      if (source.bytes === 0) continue;
      const key = `${source.bytes} ${source.sha256}`;
      const before = seen.get(key)?.find((other) => doMeet(other.source, source));
      if (before !== undefined) throw overlap({ ...before, bytes: source.bytes }, { state, source });
      own.push({ key, source });
    }
    // Of one state, which was checked when it was merged, sources are not set against each other.
    for (const { key, source } of own) seen.set(key, [...(seen.get(key) ?? []), { state, source }]);
  }
}

function doMeet(a: StateSource, b: StateSource): boolean {
  const start = Math.max(a.start_time_ms ?? Number.NEGATIVE_INFINITY, b.start_time_ms ?? Number.NEGATIVE_INFINITY);
  const end = Math.min(a.end_time_ms ?? Number.POSITIVE_INFINITY, b.end_time_ms ?? Number.POSITIVE_INFINITY);
  return start <= end;
}

function overlap(
  left: { readonly state: string; readonly source: StateSource; readonly bytes: number },
  right: { readonly state: string; readonly source: StateSource },
): EngineError {
  const names =
    left.source.name === right.source.name ? left.source.name : `${left.source.name} = ${right.source.name}`;
  const times = left.source.start_time_ms !== undefined || left.source.end_time_ms !== undefined;
  return new EngineError(
    "E_STATE_OVERLAP",
    `${left.state} and ${right.state} are both of ${names} (${left.bytes} bytes)${times ? ", at times that meet" : ""}: its rows would be counted twice`,
  );
}

/** The files of a state that was read; undefined where they are not what a state has. */
export function readSources(value: unknown): readonly StateSource[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const sources: StateSource[] = [];
  for (const one of value as readonly unknown[]) {
    const source = readSource(one);
    if (source === undefined) return undefined;
    sources.push(source);
  }
  return sources;
}

function readSource(value: unknown): StateSource | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { name, bytes, sha256, start_time_ms: start, end_time_ms: end } = value as Readonly<Record<string, unknown>>;
  const isWhole = typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes >= 0;
  if (typeof name !== "string" || !isWhole || typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) {
    return undefined;
  }
  if (!isTime(start) || !isTime(end)) return undefined;
  return {
    name,
    bytes,
    sha256,
    ...(start === undefined ? {} : { start_time_ms: start }),
    ...(end === undefined ? {} : { end_time_ms: end }),
  };
}

function isTime(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === "number" && Number.isFinite(value));
}
