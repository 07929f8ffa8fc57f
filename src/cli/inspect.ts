// `tracemill inspect`: what the files hold. Called by main.ts; written out by inspect-output.ts.
// What must stay true: the whole of the data is loaded, so that read = loaded + rejected is said of every record.

import { type CommandSpec, type FlagValues, GENERAL_FLAGS, OUTPUT_FLAGS, outputFlag, READ_FLAGS } from "./flags.ts";
import { INSPECT_OUTPUTS, renderInspection } from "./inspect-output.ts";
import type { CliIo } from "./io.ts";
import { outputFormat, outputPath, writeOutput } from "./output.ts";
import { withStore } from "./session.ts";
import { readSettings, readSources } from "./settings.ts";
import { colourEnabled, tableWidth } from "./terminal.ts";
import { StepTimer } from "./timing.ts";

/** The command's flags and help. */
export const INSPECT: CommandSpec = {
  name: "inspect",
  summary: "show what files hold",
  doc: "Show what files hold: formats, counts, time range, keys, columns, and what could not be read.",
  sources: true,
  flags: [
    outputFlag(INSPECT_OUTPUTS),
    ...OUTPUT_FLAGS.filter((flag) => flag.name !== "csv-safe"),
    ...READ_FLAGS,
    ...GENERAL_FLAGS,
  ],
  examples: [
    ["tracemill inspect exports/", "everything in a directory"],
    ["tracemill inspect traces.jsonl.gz --on-error skip --rejects bad.jsonl", "bad records go to a file of their own"],
    ["tracemill inspect traces.jsonl -o json", "the same as one JSON object"],
  ],
};

/** Runs the command. Resolves to the exit status. */
export async function runInspect(positions: readonly string[], flags: FlagValues, io: CliIo): Promise<number> {
  const timer = new StepTimer(io);
  const sources = readSources(positions, flags);
  const format = outputFormat(flags, INSPECT_OUTPUTS);
  const settings = readSettings(flags, io);
  const path = outputPath(flags, sources);
  return withStore({ io, flags, sources, settings, columns: "all", output: path }, async (store) => {
    timer.mark("load");
    const layout = { width: tableWidth(io, path), colour: colourEnabled(io, path) };
    await writeOutput(io, path, renderInspection(store.report, store.summary(), { format, ...layout }));
    timer.mark("write");
    if (flags.has("timing")) await timer.print();
  });
}
