// State files on the command line: the flag that writes one, and their reading. Called by metrics.ts and merge-state.ts.
// What must stay true: a state is never written over an input or over the answer; a file given twice is read once.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { EngineError, type Limits, type MetricsState, readMetricsState } from "../index.ts";
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

/** The states of files, and a line about each file that was given before. Throws E_IO, E_DIGEST_INVALID. */
export function readStates(
  paths: readonly string[],
  limits: Partial<Limits>,
): { readonly states: readonly MetricsState[]; readonly notes: string } {
  const seen = new Map<string, string>();
  const states: MetricsState[] = [];
  let notes = "";
  for (const path of paths) {
    const { bytes, identity } = readWhole(path);
    const before = seen.get(identity);
    if (before === undefined) states.push(readMetricsState(bytes, { name: path, limits }));
    else notes += `warning: ${path} is the file ${before}, and is counted once\n`;
    seen.set(identity, before ?? path);
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
