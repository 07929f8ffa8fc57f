// The files behind a state, as far as they are known: so that rows are not counted twice in silence.
// Called by metrics-state.ts and read-state.ts; the command line notes the files of a run. What must stay true: a file is known
// by its content, whatever its name and folder; the same file or store with times that do not meet is no overlap.

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

/** A store whose rows are behind a state of this program; not written to files. */
export interface StateStore extends Pick<StateSource, "start_time_ms" | "end_time_ms"> {
  /** Told by its identity. */
  readonly store: object;
}

/** A state's name in messages, and where its rows are from. */
interface Sourced {
  readonly name: string;
  readonly sources?: readonly StateSource[];
  readonly stores?: readonly StateStore[];
}

/** Some rows behind a state: those of a file or of a store, within times. */
interface Origin extends Pick<StateSource, "start_time_ms" | "end_time_ms"> {
  /** Equal for the same rows. */
  readonly key: unknown;
  readonly name: string;
  readonly size: string;
}

function originsOf({ sources = [], stores = [] }: Sourced): readonly Origin[] {
  // An empty file has no rows.
  const files = sources.filter(({ bytes }) => bytes > 0);
  return [
    ...files.map((file) => ({ ...file, key: `${file.bytes} ${file.sha256}`, size: ` (${file.bytes} bytes)` })),
    ...stores.map((store) => ({ ...store, key: store.store, name: "one store", size: "" })),
  ];
}

/** The rows of a store that a request asks for; times may be texts in it. */
export function storeBehind(
  store: object,
  { start_time_ms: start, end_time_ms: end }: { readonly start_time_ms?: unknown; readonly end_time_ms?: unknown },
): StateStore {
  return {
    store,
    ...(start === undefined ? {} : { start_time_ms: Number(start) }),
    ...(end === undefined ? {} : { end_time_ms: Number(end) }),
  };
}

/** Throws E_STATE_OVERLAP when two states have rows of the same file or store, at times that meet. */
export function checkOverlap(states: readonly Sourced[]): void {
  const seen = new Map<unknown, { readonly state: string; readonly origin: Origin }[]>();
  for (const sourced of states) {
    const state = sourced.name;
    const own = originsOf(sourced);
    for (const origin of own) {
      const before = seen.get(origin.key)?.find((other) => doMeet(other.origin, origin));
      if (before !== undefined) throw overlap(before, { state, origin });
    }
    // Of one state, which was checked when it was merged, origins are not set against each other.
    for (const origin of own) seen.set(origin.key, [...(seen.get(origin.key) ?? []), { state, origin }]);
  }
}

function doMeet(a: Origin, b: Origin): boolean {
  const start = Math.max(a.start_time_ms ?? Number.NEGATIVE_INFINITY, b.start_time_ms ?? Number.NEGATIVE_INFINITY);
  const end = Math.min(a.end_time_ms ?? Number.POSITIVE_INFINITY, b.end_time_ms ?? Number.POSITIVE_INFINITY);
  return start <= end;
}

function overlap(
  left: { readonly state: string; readonly origin: Origin },
  right: { readonly state: string; readonly origin: Origin },
): EngineError {
  const [a, b] = [left.origin, right.origin];
  const names = a.name === b.name ? a.name : `${a.name} = ${b.name}`;
  const times = a.start_time_ms !== undefined || a.end_time_ms !== undefined;
  return new EngineError(
    "E_STATE_OVERLAP",
    `${left.state} and ${right.state} are both of ${names}${a.size}${times ? ", at times that meet" : ""}: its rows would be counted twice`,
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
