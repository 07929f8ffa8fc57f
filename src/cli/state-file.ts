// State files on the command line: the flag that writes one, and their reading. Called by metrics.ts and merge-state.ts.
// What must stay true: a state is never written over an input or over the answer; a file given twice is read once.

import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { basename } from "node:path";
import {
  EngineError,
  escapeLine,
  type Limits,
  type MetricsRequest,
  type MetricsState,
  readMetricsState,
  type StateSource,
} from "../index.ts";
import type { FlagSpec, FlagValues } from "./flags.ts";
import { systemErrorText } from "./io.ts";
import { checkOutput } from "./out-file.ts";

/** `--emit-state`. */
export const EMIT_STATE_FLAG: FlagSpec = {
  name: "emit-state",
  value: "FILE",
  doc: "also write what merge-state puts together with other files' states",
  group: "Output",
};

const MOST_BYTES = 2 ** 32 - 1;

/** The file that the state goes to, or undefined. Throws E_IO and E_USAGE before anything is read. */
export function statePath(
  flags: FlagValues,
  inputs: readonly string[],
  output: string | undefined,
): string | undefined {
  const path = flags.text("emit-state");
  if (path === undefined) return undefined;
  if (path === "" || path === "-" || path === output) {
    throw new EngineError("E_USAGE", `--emit-state '${path}' must name a file of its own`);
  }
  checkOutput(path, inputs);
  return path;
}

/**
 * The states of files, and a line about each file that was given before. Throws E_IO, E_DIGEST_INVALID, and E_STATE_OVERLAP
 * for a copy of another, unless `allowOverlap`.
 */
export function readStates(
  paths: readonly string[],
  { limits, allowOverlap }: { readonly limits: Partial<Limits>; readonly allowOverlap: boolean },
): { readonly states: readonly MetricsState[]; readonly notes: string } {
  const seen = new Map<string, string>();
  const contents = new Map<string, string>();
  const states: MetricsState[] = [];
  let notes = "";
  for (const path of paths) {
    const { bytes, identity } = readWhole(path);
    const before = seen.get(identity);
    if (before !== undefined) {
      const what = before === path ? "is given twice" : `is the file ${before}`;
      notes += `warning: ${escapeLine(path)} ${escapeLine(what)}, and is counted once\n`;
      continue;
    }
    const state = readMetricsState(bytes, { name: path, limits });
    states.push(state);
    const content = createHash("sha256").update(bytes).digest("hex");
    const original = contents.get(content);
    if (original !== undefined && state.groups.groups.length > 0 && !allowOverlap) {
      throw new EngineError("E_STATE_OVERLAP", `${path} is a copy of ${original}: its rows would be counted twice`);
    }
    if (state.sources === undefined && paths.length > 1) {
      notes += `warning: ${escapeLine(path)} does not say which files it is of (standard input has no name): rows that another state has too would be counted twice\n`;
    }
    contents.set(content, path);
    seen.set(identity, path);
  }
  return { states, notes };
}

/** The bytes of a file, and what tells it from others whatever its name. */
function readWhole(path: string): { readonly bytes: Uint8Array; readonly identity: string } {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const { size, dev, ino } = fstatSync(file);
    if (size > MOST_BYTES) throw new EngineError("E_DIGEST_INVALID", `${path}: a state of over 4 GiB is not read`);
    const chunks: Uint8Array[] = [];
    for (;;) {
      const chunk = new Uint8Array(Math.max(65_536, size + 1));
      const count = readSync(file, chunk);
      if (count === 0) return { bytes: joined(chunks), identity: `${dev}:${ino}` };
      chunks.push(chunk.subarray(0, count));
    }
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError("E_IO", systemErrorText(cause, path), { cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

/** How much of either end of a file tells it from others. */
const SAMPLE_BYTES = 65_536;

/** What a state says of the files behind it; of what is no file (a pipe), nothing. */
export function sourcesOf(paths: readonly string[], request: MetricsRequest): readonly StateSource[] {
  const { start_time_ms: start, end_time_ms: end } = request;
  const times = {
    ...(start === undefined ? {} : { start_time_ms: Number(start) }),
    ...(end === undefined ? {} : { end_time_ms: Number(end) }),
  };
  return paths.flatMap((path) => {
    const stamp = stampOf(path);
    return stamp === undefined ? [] : [{ name: basename(path), ...stamp, ...times }];
  });
}

function stampOf(path: string): Pick<StateSource, "bytes" | "sha256"> | undefined {
  let file: number | undefined;
  try {
    // Asked by name first: opening a pipe a second time would wait for ever.
    if (!statSync(path).isFile()) return undefined;
    file = openSync(path, "r");
    const { size } = fstatSync(file);
    const hash = createHash("sha256");
    const bytes = new Uint8Array(SAMPLE_BYTES);
    for (const at of [0, Math.max(0, size - SAMPLE_BYTES)]) {
      hash.update(bytes.subarray(0, readSync(file, bytes, 0, SAMPLE_BYTES, at)));
    }
    return { bytes: size, sha256: hash.digest("hex") };
  } catch {
    // The file was read a moment ago; a state that does not name it is still right.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
