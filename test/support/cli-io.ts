// Runs a command line inside the test's own process: argv in; exit status, standard output and standard error out.
import type { CliIo, OutputStream } from "../../src/cli/io.ts";
import { main } from "../../src/cli/main.ts";

/** 2026-03-02T12:00:00Z, the clock of all runs unless a test sets another. */
export const NOW = Date.UTC(2026, 2, 2, 12);

/** What a run gave. */
export interface RunResult {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test may put in place of the process. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Columns of a terminal on both streams; no terminal when absent. */
  readonly terminal?: number;
  readonly now?: () => number;
  readonly signal?: AbortSignal;
  /** What the process holds; nothing when absent. */
  readonly residentBytes?: () => number;
  /** Errno that every write to standard output fails with. */
  readonly stdoutFails?: string;
}

/** Runs `tracemill ...argv`. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const stdout = capture(options, options.stdoutFails);
  const stderr = capture(options);
  const io: CliIo = {
    stdout: stdout.stream,
    stderr: stderr.stream,
    stdin: bytesOf(options.stdin ?? ""),
    env: options.env ?? {},
    now: options.now ?? (() => NOW),
    signal: options.signal ?? new AbortController().signal,
    atExit: new Set(),
    cores: 2,
    memoryBytes: 8 * 2 ** 30,
    residentBytes: options.residentBytes ?? (() => 0),
  };
  const exit = await main(argv, io);
  return { exit, stdout: stdout.text(), stderr: stderr.text() };
}

function capture(options: RunOptions, fails?: string): { stream: OutputStream; text: () => string } {
  const chunks: Uint8Array[] = [];
  const stream: OutputStream = {
    isTTY: options.terminal !== undefined,
    columns: options.terminal,
    write: async (chunk) => {
      if (fails !== undefined) throw Object.assign(new Error(`write ${fails}`), { code: fails, syscall: "write" });
      chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    },
  };
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  if (text !== "") yield Buffer.from(text);
}
