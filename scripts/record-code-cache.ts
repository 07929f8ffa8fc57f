// Writes V8's code cache of a joined program, after running it: `node - SCRIPT SAMPLE`, SAMPLE being a small export.
// Joined and run by bundle.mjs in a process of its own, so that what has run there is what the command runs.
// What must stay true: a command that fails leaves no cache, and standard output is nobody's.

import { writeFileSync } from "node:fs";
import { cachePath, runScript } from "../src/cli/cached-script.ts";

/** The commands whose functions are kept. */
const COMMANDS: readonly (readonly string[])[] = [
  ["metrics", "-m", "latency", "-a", "P95", "-d", "trace_name"],
  ["inspect"],
];

void record(process.argv.splice(2));

async function record([script = "", sample = ""]: readonly string[]): Promise<void> {
  const { exports, cache } = runScript(script);
  const { runCommand } = exports as typeof import("../src/cli/command.ts");
  for (const [name = "", ...flags] of COMMANDS) {
    process.argv.splice(2, process.argv.length, name, sample, ...flags);
    await runCommand();
    if (process.exitCode !== 0) throw new Error(`${name} failed`);
  }
  writeFileSync(cachePath(script), cache());
}
