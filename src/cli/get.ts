// `tracemill get`: one trace, as `mlflow traces get`; or its span tree. Called by main.ts.
// What must stay true: an id that is not in the files is E_NOT_FOUND; JSON is the default, with the record's bytes.

import { EngineError, getColumns, type Trace } from "../index.ts";
import { type CommandSpec, type FlagValues, GENERAL_FLAGS, OUTPUT_FLAGS, outputFlag, READ_FLAGS } from "./flags.ts";
import type { CliIo } from "./io.ts";
import { outputFormat, outputPath, writeOutput } from "./output.ts";
import { columnsFor, FIELD_FLAGS, rebuiltWarning, warn } from "./search.ts";
import { refuseFields, traceJson } from "./search-output.ts";
import { withStore } from "./session.ts";
import { readSettings, readSources } from "./settings.ts";
import { StepTimer } from "./timing.ts";
import { traceTree } from "./trace-tree.ts";
import { commaList } from "./values.ts";

const GET_OUTPUTS = ["json", "jsonl", "tree"] as const;

/** The command's flags and help. */
export const GET: CommandSpec = {
  name: "get",
  summary: "show one trace",
  doc: "Show one trace, as `mlflow traces get` does, or its tree of spans.",
  sources: true,
  flags: [
    { name: "trace-id", value: "ID", required: true, doc: "id of the trace", group: "Query" },
    ...FIELD_FLAGS,
    outputFlag(GET_OUTPUTS),
    ...OUTPUT_FLAGS.filter((flag) => flag.name !== "csv-safe"),
    ...READ_FLAGS,
    ...GENERAL_FLAGS,
  ],
  examples: [
    ["tracemill get traces.jsonl --trace-id tr-1234567890abcdef1234567890abcdef", "the whole trace as JSON"],
    ["tracemill get exports/ --trace-id tr-1234567890abcdef1234567890abcdef -o tree", "its spans as a tree"],
  ],
};

/** Runs the command. Resolves to the exit status. */
export async function runGet(positions: readonly string[], flags: FlagValues, io: CliIo): Promise<number> {
  const timer = new StepTimer(io);
  const sources = readSources(positions, flags);
  const format = outputFormat(flags, GET_OUTPUTS);
  const traceId = flags.text("trace-id") ?? "";
  if (traceId === "") throw new EngineError("E_USAGE", "--trace-id is an empty text");
  const settings = readSettings(flags, io);
  const output = outputPath(flags, sources);
  const columns = columnsFor(sources, getColumns());
  return withStore({ io, flags, sources, settings, columns, output }, async (store) => {
    timer.mark("load");
    const trace = await store.getTrace(traceId, { signal: io.signal });
    if (!flags.has("quiet")) await warn(io, rebuiltWarning(trace.isWhole ? 0 : 1));
    timer.mark("run");
    await writeOutput(io, output, pieces(trace));
    timer.mark("write");
    if (flags.has("timing")) await timer.print();
  });

  function pieces(trace: Trace): Iterable<string | Uint8Array> {
    const fields = commaList(flags, "extract-fields");
    if (fields !== undefined) refuseFields(trace, fields, flags.has("verbose"));
    if (format === "tree") return traceTree(trace);
    const depth = format === "json" ? 0 : undefined;
    return [traceJson(trace, { fields, strict: flags.has("strict"), depth }), "\n"];
  }
}
