// The program: begins what takes a while beside the start of the library, then runs the process's command line.
// Joined to one script by scripts/bundle.mjs; run by launch.ts, and by scripts/record-code-cache.ts.
// What must stay true: begin-threads.ts comes first, and whatever is imported before it (Node's own modules) is cheap.

import "./begin-threads.ts";
import { main } from "./main.ts";
import { runProcess } from "./process-io.ts";

/** Runs the command line of this process to its end, and sets the exit status. */
export function runCommand(): Promise<void> {
  return runProcess(main);
}
