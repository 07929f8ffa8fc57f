// The command line of tracemill, top to bottom: parse, run a command, report what went wrong, give the exit status.
// Run by command.ts with the process's CliIo, or in a test with a CliIo of its own.
// What must stay true: standard output carries data only; the status is 0, 1, 2, 3, 130 or 143.

import { createRequire } from "node:module";
import { reportError } from "./errors.ts";
import type { CommandSpec, FlagValues } from "./flags.ts";
import { GENERATE, runGenerate } from "./generate.ts";
import { GET, runGet } from "./get.ts";
import { INSPECT, runInspect } from "./inspect.ts";
import { type CliIo, OutputClosed, say } from "./io.ts";
import { MERGE_STATE, runMergeState } from "./merge-state.ts";
import { METRICS, runMetrics } from "./metrics.ts";
import { writeStdout } from "./output.ts";
import { exitStatusOf } from "./process-io.ts";
import { parseCommandLine } from "./program.ts";
import { runSearch, SEARCH } from "./search.ts";
import { helpWidth } from "./terminal.ts";

type Run = (positions: readonly string[], flags: FlagValues, io: CliIo) => Promise<number>;

const COMMANDS: readonly (readonly [CommandSpec, Run])[] = [
  [METRICS, runMetrics],
  [MERGE_STATE, runMergeState],
  [SEARCH, runSearch],
  [GET, runGet],
  [INSPECT, runInspect],
  [GENERATE, runGenerate],
];

/** Runs a command line (without node and the script); resolves to the exit status and never rejects. */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  try {
    return await run(argv, io);
  } catch (error) {
    if (io.signal.aborted) return exitStatusOf(io.signal.reason);
    if (error instanceof OutputClosed) return 0;
    const { text, exit } = reportError(error, argv.includes("--debug"));
    await say(io, text);
    return exit;
  }
}

async function run(argv: readonly string[], io: CliIo): Promise<number> {
  const specs = COMMANDS.map(([spec]) => spec);
  const parsed = parseCommandLine(argv, specs, { version: version(), width: helpWidth(io) });
  if (parsed.kind === "answer") {
    await writeStdout(io, parsed.text);
    return 0;
  }
  const found = COMMANDS.find(([spec]) => spec === parsed.command);
  return found === undefined ? 2 : found[1](parsed.positions, parsed.flags, io);
}

/** The package's version. The package is asked for by its name: joined, this file stands at another depth. */
function version(): string {
  const manifest: { readonly version: string } = createRequire(import.meta.url)("tracemill/package.json");
  return manifest.version;
}
