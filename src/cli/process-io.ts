// Builds a CliIo from this process, runs main with it and sets the exit status. Called by command.ts.
// What must stay true: process.exit is never called after writes (it would cut a pipe at 64 KiB), except for a signal;
// a first signal lets the command clean up, for half a second at most, and a second one ends the process at once.

import { availableParallelism, totalmem } from "node:os";
import type { CliIo, OutputStream } from "./io.ts";

const GRACE_MS = 500;

/** Runs a command line of this process to its end. */
export async function runProcess(main: (argv: readonly string[], io: CliIo) => Promise<number>): Promise<void> {
  const controller = new AbortController();
  const atExit = new Set<() => void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => end(signal, controller, atExit));
  process.exitCode = await main(process.argv.slice(2), {
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    // Touching process.stdin opens it, so it waits until somebody reads.
    stdin: { [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() },
    env: process.env,
    // The wall clock at the start, and monotonic from there: steps are timed with it too.
    now: () => performance.timeOrigin + performance.now(),
    signal: controller.signal,
    atExit,
    cores: availableParallelism(),
    memoryBytes: memoryBytes(),
    residentBytes: () => process.memoryUsage.rss(),
  });
  // What was aborted may still hold the event loop open (a worker, a read of standard input).
  if (controller.signal.aborted) process.exit();
}

function end(signal: "SIGINT" | "SIGTERM", controller: AbortController, atExit: ReadonlySet<() => void>): void {
  const exitNow = () => {
    for (const cleanUp of atExit) cleanUp();
    process.exit(exitStatusOf(signal));
  };
  if (controller.signal.aborted) exitNow();
  controller.abort(signal);
  setTimeout(exitNow, GRACE_MS).unref();
}

/** Exit status after a signal: 128 and its number. */
export function exitStatusOf(signal: unknown): 130 | 143 {
  return signal === "SIGTERM" ? 143 : 130;
}

/** The container's limit where there is one, else the machine's memory. */
function memoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit !== undefined && limit > 0 && limit < totalmem() ? limit : totalmem();
}

function outputOf(stream: NodeJS.WriteStream): OutputStream {
  // A failed write also emits `error`, which would end the process with a stack; the write's own promise tells it.
  stream.on("error", () => undefined);
  return {
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns;
    },
    write: (chunk) =>
      new Promise((resolve, reject) => {
        stream.write(chunk, (error) => (error === null || error === undefined ? resolve() : reject(error)));
      }),
  };
}
