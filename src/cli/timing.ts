// Wall time of a command's steps, for `--timing`. Called by the commands.
// What must stay true: the steps add up to the whole, on the clock of the command.

import { formatDuration } from "../index.ts";
import { type CliIo, say } from "./io.ts";

/** Measures one step after the other. */
export class StepTimer {
  readonly #io: CliIo;
  readonly #steps: string[] = [];
  readonly #startMs: number;
  #lastMs: number;

  constructor(io: CliIo) {
    this.#io = io;
    this.#startMs = io.now();
    this.#lastMs = this.#startMs;
  }

  /** Ends the step that ran since the last mark. */
  mark(step: string): void {
    const now = this.#io.now();
    this.#steps.push(`${step} ${formatDuration(now - this.#lastMs)}`);
    this.#lastMs = now;
  }

  /** Prints one line on standard error. */
  async print(): Promise<void> {
    const whole = formatDuration(this.#lastMs - this.#startMs);
    await say(this.#io, `timing: ${this.#steps.join(", ")}; in all ${whole}\n`);
  }
}
