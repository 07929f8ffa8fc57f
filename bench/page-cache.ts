// Reads a file through, so that a timed load after it finds all of it in the page cache.
// Called before each timed load of measure-loads.ts and command.ts, whatever the engine: some systems drop pages that were not
// looked at for a while, and the engines between two loads of one take longer than that.

import { closeSync, openSync, readSync } from "node:fs";

const CHUNK_BYTES = 2 ** 20;
const chunk = Buffer.allocUnsafe(CHUNK_BYTES);

/** Reads the file at `path` to its end. */
export function warmPageCache(path: string): void {
  const file = openSync(path, "r");
  try {
    while (readSync(file, chunk, 0, CHUNK_BYTES, null) > 0);
  } finally {
    closeSync(file);
  }
}
