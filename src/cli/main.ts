#!/usr/bin/env node
// The program: begins what takes a while beside the reading of the library, then runs the command line.
// Run as a program (package.json's bin), or in a test with a CliIo of its own.
// What must stay true: nothing here reads the library but the import of main(); so that threads start before it.

import { readFileSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beginLoadThreads } from "../early.ts";
import { expectedLoad } from "./expected-load.ts";
import type { CliIo } from "./io.ts";
import { runProcess } from "./process-io.ts";

/** Runs a command line (without node and the script); resolves to the exit status and never rejects. */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  const { runCommandLine } = await import("./command-line.ts");
  return runCommandLine(argv, io, version);
}

/** The package's version; src/cli and dist/cli stand at the same depth. */
function version(): string {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  return manifest.version;
}

/** Whether this file is the program, also when started through a link such as node_modules/.bin/tracemill. */
function isProgram(): boolean {
  const started = process.argv[1];
  if (started === undefined) return false;
  try {
    return realpathSync(started) === realpathSync(fileURLToPath(import.meta.url));
  } catch {
    return false;
  }
}

if (isProgram()) {
  const expected = expectedLoad(process.argv.slice(2));
  if (expected !== undefined) beginLoadThreads(expected);
  await runProcess(main);
}
