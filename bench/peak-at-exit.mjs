// Loaded before the command whose memory memory-limit.ts measures: when the process ends, it writes its largest resident set, in
// KiB, to file descriptor 3. Plain JavaScript, so that no translator is measured.

import { readFileSync, writeSync } from "node:fs";

process.on("exit", () => {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? "";
  writeSync(3, peak);
});
