// Writes a file so that its path holds the old file or the whole new one, never a part: a temporary file in the same
// directory, fsync, rename, fsync of the directory. Called by output.ts and rejects.ts.
// What must stay true: the temporary file is created new (never through a link) and removed on failure and on signals;
// an output is never an input file, compared by device and inode; a device or pipe is written directly, not replaced.

import { createHash, randomBytes } from "node:crypto";
import * as nodeFs from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { EngineError } from "../index.ts";
import { errnoOf, systemErrorText } from "./io.ts";

/** The calls of node:fs that an output file makes; tests put failing ones in their place. */
export type FileSystem = Pick<
  typeof nodeFs,
  | "closeSync"
  | "fsyncSync"
  | "lstatSync"
  | "openSync"
  | "readdirSync"
  | "renameSync"
  | "statSync"
  | "unlinkSync"
  | "writeSync"
>;

/** What a check or an output file is handed. */
export interface OutFileOptions {
  /** Clean-up for a process that has to end at once; see CliIo. */
  readonly atExit?: Set<() => void>;
  readonly fs?: FileSystem;
}

/**
 * Refuses an output before anything is read: a directory that is not there or is no directory (E_IO), a path that is a
 * directory (E_IO), or one of `inputs` under any name or link (E_USAGE). Inputs that do not exist are passed over.
 */
export function checkOutput(path: string, inputs: readonly string[], fs: FileSystem = nodeFs): void {
  const directory = attempt(path, () => fs.statSync(dirname(path)));
  if (!directory.isDirectory()) throw new EngineError("E_IO", `ENOTDIR: not a directory: ${dirname(path)}`);
  const target = statOrUndefined(fs, path);
  if (target === undefined) return;
  if (target.isDirectory()) throw new EngineError("E_IO", `EISDIR: illegal operation on a directory: ${path}`);
  if (!target.isFile()) return;
  for (const input of inputs) {
    const source = statOrUndefined(fs, input);
    if (source !== undefined && source.dev === target.dev && source.ino === target.ino) {
      throw new EngineError("E_USAGE", `output ${path} is the input file ${input}`, {
        hint: "Write to another path, and rename it afterwards.",
      });
    }
  }
}

/** A file being written. Every call throws E_IO with the errno and the path; a failed write removes the temporary file. */
export class OutFile {
  readonly #path: string;
  readonly #fs: FileSystem;
  readonly #file: number;
  /** Undefined when a device or pipe is written directly. */
  readonly #temporary: string | undefined;
  readonly #atExit: Set<() => void> | undefined;
  readonly #cleanUp = () => this.discard();
  #open = true;

  constructor(path: string, options: OutFileOptions = {}) {
    this.#path = path;
    this.#fs = options.fs ?? nodeFs;
    this.#atExit = options.atExit;
    const target = statOrUndefined(this.#fs, path);
    const isDirect = target !== undefined && !target.isFile() && !target.isDirectory();
    this.#temporary = isDirect ? undefined : temporaryPath(path);
    if (!isDirect) removeStale(this.#fs, path);
    const name = this.#temporary ?? path;
    this.#file = attempt(path, () => this.#fs.openSync(name, isDirect ? "w" : "wx", 0o666));
    this.#atExit?.add(this.#cleanUp);
  }

  /** Appends text (as UTF-8) or bytes. */
  write(chunk: string | Uint8Array): void {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    this.#guard(() => {
      for (let done = 0; done < bytes.length; ) done += this.#writeSome(bytes, done);
    });
  }

  /** Makes the file durable and puts it in the place of what the path named. */
  commit(): void {
    const temporary = this.#temporary;
    this.#guard(() => {
      if (temporary !== undefined) this.#fs.fsyncSync(this.#file);
      this.#fs.closeSync(this.#file);
      if (temporary !== undefined) this.#fs.renameSync(temporary, this.#path);
    });
    this.#open = false;
    this.#atExit?.delete(this.#cleanUp);
    if (temporary !== undefined) syncDirectory(this.#fs, dirname(this.#path));
  }

  /** Closes and removes the temporary file; does nothing after a commit. Never throws. */
  discard(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#atExit?.delete(this.#cleanUp);
    quietly(() => this.#fs.closeSync(this.#file));
    const temporary = this.#temporary;
    if (temporary !== undefined) quietly(() => this.#fs.unlinkSync(temporary));
  }

  #writeSome(bytes: Uint8Array, from: number): number {
    try {
      return this.#fs.writeSync(this.#file, bytes, from);
    } catch (error) {
      if (errnoOf(error) === "EINTR") return 0;
      throw error;
    }
  }

  #guard(act: () => void): void {
    try {
      attempt(this.#path, act);
    } catch (error) {
      this.discard();
      throw error;
    }
  }
}

/** Runs file calls; a system error becomes E_IO with the errno and `path`. */
function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new EngineError("E_IO", systemErrorText(cause, path), { stage: "write", cause });
  }
}

function statOrUndefined(fs: FileSystem, path: string): nodeFs.Stats | undefined {
  return quietly(() => fs.statSync(path));
}

function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

/** Some file systems cannot fsync a directory; the file itself is durable by then. */
function syncDirectory(fs: FileSystem, directory: string): void {
  quietly(() => {
    const file = fs.openSync(directory, "r");
    try {
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  });
}

/** `.tracemill-<target and host>-<process>-<random>.tmp`: hidden, so that neither a glob nor a directory reads it. */
function temporaryPath(path: string): string {
  return join(dirname(path), `${temporaryPrefix(path)}${process.pid}-${randomBytes(6).toString("hex")}.tmp`);
}

function temporaryPrefix(path: string): string {
  const mark = createHash("sha256")
    .update(`${hostname()}\0${basename(path)}`)
    .digest("hex")
    .slice(0, 12);
  return `.tracemill-${mark}-`;
}

/** Removes what a killed process of this host left behind for the same target. */
function removeStale(fs: FileSystem, path: string): void {
  const directory = dirname(path);
  const prefix = temporaryPrefix(path);
  for (const name of quietly(() => fs.readdirSync(directory)) ?? []) {
    const owner = name.startsWith(prefix) ? /^(\d+)-[0-9a-f]+\.tmp$/.exec(name.slice(prefix.length)) : null;
    if (owner === null || isRunning(Number(owner[1]))) continue;
    quietly(() => fs.unlinkSync(join(directory, name)));
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}
