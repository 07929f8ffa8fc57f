// What a command is handed by its process: streams, environment, clock, signal. main() sees nothing else of Node's
// process, so tests run whole commands in their own process with a CliIo of their own.
// What must stay true: a write resolves once the stream can take more, and rejects with the system's error code.

/** A stream that text or bytes are written to. */
export interface OutputStream {
  /** Resolves when more can be written; rejects with an error that has the errno as `code` (EPIPE, ENOSPC ...). */
  write(chunk: string | Uint8Array): Promise<void>;
  readonly isTTY: boolean;
  /** Width of the terminal; undefined when it is none. */
  readonly columns: number | undefined;
}

/** The process, as far as a command may see it. */
export interface CliIo {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly env: { readonly [name: string]: string | undefined };
  /** Wall clock, ms since 1970 UTC: relative times and durations are counted from it. */
  now(): number;
  /** Fires on SIGINT and SIGTERM; its reason is the signal's name. */
  readonly signal: AbortSignal;
  /** Synchronous clean-up (temporary files) for a process that has to end at once. */
  readonly atExit: Set<() => void>;
  readonly cores: number;
  /** Memory of the machine or container. */
  readonly memoryBytes: number;
  /** Bytes that the process holds in memory now. */
  residentBytes(): number;
}

/** Standard output was closed by its reader (`| head`): the command ends silently with status 0. */
export class OutputClosed extends Error {
  constructor() {
    super("standard output was closed");
    this.name = "OutputClosed";
  }
}

/** Writes to standard error. One that cannot be written to must not end the command, so failures are passed over. */
export async function say(io: CliIo, text: string): Promise<void> {
  await io.stderr.write(text).catch(() => undefined);
}

/** The errno of a system error (`ENOENT`), or undefined. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

/** `ENOENT: no such file or directory: PLACE`, as read errors say it; the error's own text when it is no system error. */
export function systemErrorText(error: unknown, place: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const words = /^E[A-Z0-9]+: [^,]+/.exec(message)?.[0];
  return `${words ?? errnoOf(error) ?? message}: ${place}`;
}
