// Sends what a command prints to standard output or to `-O FILE`. Called by every command, once.
// What must stay true: pieces are gathered to blocks and written as they come, whatever the size of the whole;
// between blocks the event loop runs, so that a signal ends the command.

import { setImmediate } from "node:timers/promises";
import { EngineError } from "../index.ts";
import type { FlagValues } from "./flags.ts";
import { type CliIo, errnoOf, OutputClosed, systemErrorText } from "./io.ts";
import { checkOutput, OutFile } from "./out-file.ts";
import { choice } from "./values.ts";

/** Pieces of output, as text or bytes. */
export type Pieces = Iterable<string | Uint8Array>;

const BLOCK = 64 * 1024;

/** The path of `-O`, or undefined for standard output. Throws E_IO and E_USAGE before anything is read. */
export function outputPath(flags: FlagValues, inputs: readonly string[]): string | undefined {
  const path = flags.text("out-file");
  if (path === undefined || path === "-") return undefined;
  if (path === "") throw new EngineError("E_USAGE", "--out-file is an empty text");
  checkOutput(path, inputs);
  return path;
}

/** Formats by the ending of `-O`. */
const ENDINGS: ReadonlyMap<string, string> = new Map([
  ["json", "json"],
  ["jsonl", "jsonl"],
  ["ndjson", "jsonl"],
  ["csv", "csv"],
  ["md", "markdown"],
  ["markdown", "markdown"],
]);

/** The format of `-o`; without it what the ending of `-O` says, if `formats` has that, else the first. Throws E_USAGE. */
export function outputFormat<T extends string>(flags: FlagValues, formats: readonly [T, ...T[]]): T {
  if (flags.has("output")) return choice(flags, "output", formats);
  const ending = /\.([a-z]+)$/i.exec(flags.text("out-file") ?? "")?.[1]?.toLowerCase();
  const named = ending === undefined ? undefined : ENDINGS.get(ending);
  return formats.find((format) => format === named) ?? formats[0];
}

/** Writes `pieces` to standard output, or to `path` as a whole or not at all. Throws OutputClosed, E_IO, E_ABORTED. */
export async function writeOutput(io: CliIo, path: string | undefined, pieces: Pieces): Promise<void> {
  if (path === undefined) {
    await pump(io, pieces, (block) => writeStdout(io, block));
    return;
  }
  const file = new OutFile(path, { atExit: io.atExit });
  try {
    await pump(io, pieces, async (block) => file.write(block));
    file.commit();
  } finally {
    file.discard();
  }
}

async function pump(io: CliIo, pieces: Pieces, write: (block: string | Uint8Array) => Promise<void>): Promise<void> {
  let texts: string[] = [];
  let length = 0;
  const flush = async () => {
    if (texts.length > 0) await write(texts.join(""));
    texts = [];
    length = 0;
    await setImmediate();
    if (io.signal.aborted) throw new EngineError("E_ABORTED", "The operation was aborted");
  };
  for (const piece of pieces) {
    if (typeof piece === "string") {
      texts.push(piece);
      length += piece.length;
      if (length >= BLOCK) await flush();
    } else {
      await flush();
      await write(piece);
    }
  }
  await flush();
}

/** Writes to standard output. Throws OutputClosed when its reader is gone, E_IO for any other failure. */
export async function writeStdout(io: CliIo, block: string | Uint8Array): Promise<void> {
  try {
    await io.stdout.write(block);
  } catch (cause) {
    const isDestroyed = cause instanceof Error && "code" in cause && cause.code === "ERR_STREAM_DESTROYED";
    if (errnoOf(cause) === "EPIPE" || isDestroyed) throw new OutputClosed();
    throw new EngineError("E_IO", systemErrorText(cause, "standard output"), { stage: "write", cause });
  }
}
