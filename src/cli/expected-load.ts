// Guesses from the words of a command line whether it is going to load with threads. Called by begin-threads.ts, before anything is
// parsed. What must stay true: it is a guess, made in some microseconds, that never fails: a wrong one costs a thread's start.

import { statSync } from "node:fs";
import type { ExpectedLoad } from "../early.ts";

const COMPRESSED = /\.(?:gz|zst)$/i;

/** What the command line may load from plain files; undefined when it says how much memory it may take. */
export function expectedLoad(argv: readonly string[]): ExpectedLoad | undefined {
  const text = argv.join("\n");
  if (/^--memory-limit\b/m.test(text)) return undefined;
  const threads = /^--threads[=\n](\d+)$/m.exec(text)?.[1];
  const plainBytes = argv.reduce((sum, word) => sum + plainBytesOf(word), 0);
  return { plainBytes, ...(threads === undefined ? {} : { threads: Number(threads) }) };
}

function plainBytesOf(word: string): number {
  try {
    const file = word.startsWith("-") || COMPRESSED.test(word) ? undefined : statSync(word, { throwIfNoEntry: false });
    return file?.isFile() ? file.size : 0;
  } catch {
    return 0;
  }
}
