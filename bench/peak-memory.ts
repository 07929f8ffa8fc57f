// The largest resident set of the process that asks. Called by every bench that reports memory.
// What must stay true: it is this process's own. What the system counts for a child (ru_maxrss) begins with what its parent
// held when it started it, so on Linux the figure of the process's own memory is read instead.

import { readFileSync } from "node:fs";

const KIB = 1024;

/** Bytes, the runtime included. */
export function peakRssBytes(): number {
  return KIB * (highWaterKib() ?? process.resourceUsage().maxRSS);
}

/** undefined where the system has no such file. */
function highWaterKib(): number | undefined {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined;
  }
}
