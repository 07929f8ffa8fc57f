// Opens the sources for a command, with what stands around a load: progress, the file of rejects, the load report.
// Called by metrics.ts and inspect.ts. What must stay true: the report is on standard error before any output; rejects
// are written whole, also when the load fails; the store is closed.

import { EngineError, type OpenOptions, open, type Store } from "../index.ts";
import type { FlagValues } from "./flags.ts";
import { type CliIo, say } from "./io.ts";
import { inputPaths, loadReportText } from "./load-report.ts";
import { checkOutput } from "./out-file.ts";
import { ProgressLine } from "./progress.ts";
import { RejectReasons, RejectsFile } from "./rejects.ts";
import type { ReadSettings } from "./settings.ts";

/** What a session needs. */
export interface SessionOptions {
  readonly io: CliIo;
  readonly flags: FlagValues;
  readonly sources: readonly string[];
  readonly settings: ReadSettings;
  /** Columns to load; see OpenOptions. */
  readonly columns: "all" | readonly string[];
  /** The path of `-O`, or undefined. */
  readonly output: string | undefined;
}

/** Loads the sources, prints the report, runs `act`, closes the store. Resolves to exit status 0. */
export async function withStore(options: SessionOptions, act: (store: Store) => Promise<void>): Promise<number> {
  const { io, flags, output } = options;
  const store = await load(options);
  try {
    // Globs and directories are known only now.
    if (output !== undefined) checkOutput(output, inputPaths(store.report));
    if (!flags.has("quiet")) await say(io, loadReportText(store.report));
    await act(store);
  } finally {
    store.close();
  }
  return 0;
}

async function load(options: SessionOptions): Promise<Store> {
  const { io, flags, sources, settings, columns } = options;
  const progress = new ProgressLine(io, flags.has("quiet"));
  const rejects = rejectsFile(options);
  const reasons = new RejectReasons();
  const openOptions: OpenOptions = {
    ...settings,
    columns,
    stdin: io.stdin,
    signal: io.signal,
    onProgress: (state) => progress.update(state),
    rejects: (record) => {
      reasons.add(record);
      rejects?.add(record);
    },
  };
  try {
    return await open(sources, openOptions);
  } catch (error) {
    progress.clear();
    // Under `stop` the one reject is the error itself.
    if (settings.onError === "skip" && !flags.has("quiet")) await say(io, reasons.text());
    throw error;
  } finally {
    progress.clear();
    if (io.signal.aborted) rejects?.discard();
    else rejects?.commit();
  }
}

function rejectsFile({ io, flags, sources, output }: SessionOptions): RejectsFile | undefined {
  const path = flags.text("rejects");
  if (path === undefined) return undefined;
  if (path === "" || path === output) {
    throw new EngineError("E_USAGE", `--rejects '${path}' must name a file of its own`);
  }
  checkOutput(path, sources);
  return new RejectsFile(path, { atExit: io.atExit });
}
