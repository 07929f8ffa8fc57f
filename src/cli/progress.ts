// A progress line on standard error while files load, on a terminal only. Called by session.ts.
// What must stay true: nothing is written without a terminal, under -q or on a dumb one; the line is erased at the end.

import { formatBytes, formatCount, formatDuration } from "../index.ts";
import { type CliIo, say } from "./io.ts";

/** How far a load is. `totalBytes` is undefined when the end is not known. */
export interface LoadProgress {
  readonly bytes: number;
  readonly totalBytes: number | undefined;
  readonly records: number;
}

const EVERY_MS = 100;
const DELAY_MS = 300;
const ERASE = "\r\u001b[2K";

/** A progress line that may be updated often; it appears after 0.3 s and changes ten times a second at most. */
export class ProgressLine {
  readonly #io: CliIo;
  readonly #enabled: boolean;
  readonly #startMs: number;
  #shownMs = 0;
  #visible = false;

  constructor(io: CliIo, quiet: boolean) {
    this.#io = io;
    this.#enabled = io.stderr.isTTY && !quiet && io.env["TERM"] !== "dumb";
    this.#startMs = io.now();
  }

  /** Shows how far the load is, unless it was shown a moment ago. */
  update(progress: LoadProgress): void {
    const now = this.#io.now();
    if (!this.#enabled || now - this.#startMs < DELAY_MS || now - this.#shownMs < EVERY_MS) return;
    this.#shownMs = now;
    this.#visible = true;
    const width = Math.max(20, this.#io.stderr.columns || 80) - 1;
    this.#write(`${ERASE}${progressText(progress, now - this.#startMs).slice(0, width)}`);
  }

  /** Erases the line. */
  clear(): void {
    if (!this.#visible) return;
    this.#visible = false;
    this.#write(ERASE);
  }

  #write(text: string): void {
    void say(this.#io, text);
  }
}

/** `45 %  1.2 GiB of 2.7 GiB  123,456 records  512 MB/s  3.1 s left`. */
export function progressText(progress: LoadProgress, elapsedMs: number): string {
  const { bytes, totalBytes, records } = progress;
  const rate = bytes / Math.max(1, elapsedMs / 1_000);
  const parts = [`${formatCount(records)} records`, `${formatBytes(rate)}/s`];
  if (totalBytes === undefined || totalBytes <= 0) return [formatBytes(bytes), ...parts].join("  ");
  const share = Math.min(1, bytes / totalBytes);
  const leftMs = rate > 0 ? ((totalBytes - bytes) / rate) * 1_000 : 0;
  return [
    `${Math.floor(share * 100)} %`,
    `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`,
    ...parts,
    `${formatDuration(Math.max(0, leftMs))} left`,
  ].join("  ");
}
