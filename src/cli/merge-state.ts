// `tracemill merge-state`: one answer from the states of several runs, such as a month from its days. Called by main.ts.
// What must stay true: it prints what `tracemill metrics` over all their files would print; states of different requests
// are refused with the part in which they differ, and states of the same file unless that is wanted.

import { EngineError, mergeMetricsStates, metricsOfState, writeMetricsState } from "../index.ts";
import { type CommandSpec, type FlagValues, GENERAL_FLAGS, OUTPUT_FLAGS, outputFlag, READ_FLAGS } from "./flags.ts";
import { type CliIo, say } from "./io.ts";
import { approximationNote, cutNote } from "./metrics-notes.ts";
import { METRICS_OUTPUTS, renderMetrics } from "./metrics-output.ts";
import { outputFormat, outputPath, writeOutput } from "./output.ts";
import { readSettings } from "./settings.ts";
import { EMIT_STATE_FLAG, readStates, statePath } from "./state-file.ts";
import { colourEnabled, tableWidth } from "./terminal.ts";
import { StepTimer } from "./timing.ts";

const KEPT_FLAGS = new Set(["max-groups"]);

/** The command's flags and help. */
export const MERGE_STATE: CommandSpec = {
  name: "merge-state",
  summary: "one answer from the states of several runs",
  doc: "Put the states that metrics --emit-state wrote together, and answer as one run over all their files would.",
  sources: true,
  sourcesDoc: "files that metrics --emit-state wrote",
  flags: [
    { name: "max-results", value: "N", doc: "most points (default 1000)", group: "Query" },
    { name: "allow-overlap", doc: "count rows of the same file as often as states have them", group: "Query" },
    outputFlag(METRICS_OUTPUTS),
    EMIT_STATE_FLAG,
    ...OUTPUT_FLAGS,
    ...READ_FLAGS.filter(({ name }) => KEPT_FLAGS.has(name)),
    ...GENERAL_FLAGS.filter(({ name }) => name !== "strict"),
  ],
  examples: [
    ["tracemill merge-state monday.state tuesday.state -o json", "both days as one"],
    ["tracemill merge-state days/*.state --emit-state month.state", "a month, kept to be merged again"],
  ],
};

/** Runs the command. Resolves to the exit status. */
export async function runMergeState(positions: readonly string[], flags: FlagValues, io: CliIo): Promise<number> {
  const timer = new StepTimer(io);
  if (positions.length === 0) throw new EngineError("E_USAGE", "no state given; name files of metrics --emit-state");
  const format = outputFormat(flags, METRICS_OUTPUTS);
  const { limits = {} } = readSettings(flags, io);
  const allowOverlap = flags.has("allow-overlap");
  const output = outputPath(flags, positions);
  const emitTo = statePath(flags, positions, output);
  const { states, notes } = readStates(positions, { limits, allowOverlap });
  if (!flags.has("quiet")) await say(io, notes);
  timer.mark("read");
  const state = mergeMetricsStates(states, { limits, allowOverlap });
  const maxResults = flags.text("max-results");
  const answer = metricsOfState(state, { limits, ...(maxResults === undefined ? {} : { maxResults }) });
  timer.mark("merge");
  if (emitTo !== undefined) await writeOutput(io, emitTo, writeMetricsState(state));
  if (!flags.has("quiet")) await say(io, approximationNote(answer) + cutNote(answer, maxResults));
  const pieces = renderMetrics(answer, {
    format,
    request: state.request,
    strict: state.strict,
    approximate: answer.data_points.some(({ approx }) => approx !== undefined),
    csvSafe: flags.has("csv-safe"),
    width: tableWidth(io, output),
    colour: colourEnabled(io, output),
  });
  await writeOutput(io, output, pieces);
  timer.mark("write");
  if (flags.has("timing")) await timer.print();
  return 0;
}
