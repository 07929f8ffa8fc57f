// Paths, globs, directories, standard input and memory -> sources of decoded byte chunks.
// Called by engine.ts; with payload-reader.ts the only place of ingest that touches the file system.
// What must stay true: sources come in the order given, a directory's exports sorted; what is left out is said in a note;
// a file that changes between the first look at it and its last byte is refused.

import { type BigIntStats, constants, type Dirent, readSync } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { FileIdentity, Source, SourceInfo } from "./byte-source.ts";
import { decode } from "./decompress.ts";
import { expandBraces, isPattern, matchesSegment } from "./glob.ts";
import { sniffContainer } from "./sniff.ts";

export type { FileIdentity, Source, SourceChunk, SourceInfo } from "./byte-source.ts";

/** Bytes in memory as a source. */
export interface MemoryInput {
  /** What reports call it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What can be opened: a path, a directory (its .json, .jsonl and .ndjson files, also .gz and .zst), a glob, `-` for standard input, or bytes in memory. */
export type SourceInput = string | MemoryInput;

/** How to expand and read. */
export interface ExpandOptions {
  /** What `-` reads; the process's standard input when absent. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Most decoded bytes for one compressed byte; the limit's default when absent. */
  readonly expansion?: number;
  /** Bytes read at a time. */
  readonly chunkBytes?: number;
}

/** What a list of inputs stands for. */
export interface ExpandedSources {
  readonly sources: readonly Source[];
  /** One line each: links and special files left out, inputs given twice. */
  readonly notes: readonly string[];
}

const CHUNK_BYTES = 2 ** 20;
const SIGNATURE_BYTES = 6;
/** Chunks of memory or files after which other work of the process gets a turn. */
const CHUNKS_PER_TURN = 16;

/** Files that a directory stands for: beside them lie readmes, images and other formats' files. */
const EXPORT_NAME = /\.(json|jsonl|ndjson)(\.(gz|gzip|zst|zstd))?$/i;
const ENDINGS_TEXT = ".json, .jsonl or .ndjson (.gz, .zst)";
/** Names of files that a note about many of them lists. */
const NAMED = 5;

/** Names bytes in memory, to be opened like a file. */
export function memoryInput(name: string, bytes: Uint8Array): MemoryInput {
  return { name, bytes };
}

/**
 * The sources that inputs stand for, looked at but not read. A path that exists is taken literally, be it with the
 * characters of a glob. Throws E_IO with errno and path: a missing or unreadable file, a pattern that matches nothing.
 */
export async function expandSources(
  inputs: readonly SourceInput[],
  options: ExpandOptions = {},
): Promise<ExpandedSources> {
  const sources: Source[] = [];
  const notes: string[] = [];
  const seen = new Set<string | Uint8Array>();
  const isNew = (key: string | Uint8Array, name: string): boolean => {
    if (seen.has(key)) notes.push(`${name}: given twice, read once`);
    return !seen.has(key) && seen.add(key) !== undefined;
  };
  for (const input of inputs) {
    if (typeof input !== "string") {
      if (isNew(input.bytes, input.name)) sources.push(memorySource(input.name, input.bytes, options));
    } else if (input === "-") {
      if (isNew("-", "-"))
        sources.push(streamSource({ name: "-", kind: "stdin" }, () => options.stdin ?? process.stdin, options));
    } else {
      for (const path of await pathsOf(input, notes)) {
        const file = await look(path);
        if (!isNew(`${file.dev}:${file.ino}`, path)) continue;
        if (file.isFile()) sources.push(await fileSource(path, file, options));
        else
          sources.push(
            streamSource({ name: path, kind: "file" }, () => readFile(path, undefined, options.chunkBytes), options),
          );
      }
    }
  }
  return { sources, notes };
}

/** Bytes in memory as a source; with small chunks for tests. */
export function memorySource(name: string, bytes: Uint8Array, options: ExpandOptions = {}): Source {
  const compression = sniffContainer(bytes)?.compression ?? "none";
  const info: SourceInfo = { name, kind: "memory", compression, sizeBytes: bytes.length, placeable: false };
  return sourceOf(info, () => slices(bytes, options.chunkBytes ?? CHUNK_BYTES), options);
}

/** A regular file, whose first bytes are read to know what it is. */
async function fileSource(path: string, stats: BigIntStats, options: ExpandOptions): Promise<Source> {
  const file: FileIdentity = { path, sizeBytes: stats.size, modifiedNs: stats.mtimeNs };
  const compression = sniffContainer(await readHead(path))?.compression ?? "none";
  const placeable = compression === "none";
  const known = { name: path, kind: "file", compression, sizeBytes: Number(stats.size), placeable } as const;
  const info: SourceInfo = placeable ? { ...known, file } : known;
  return sourceOf(info, () => readFile(path, file, options.chunkBytes), options);
}

/** Standard input, a pipe or a device: what it holds is known once it is read, and it is read once. */
function streamSource(
  stream: Pick<SourceInfo, "name" | "kind">,
  open: () => AsyncIterable<Uint8Array>,
  options: ExpandOptions,
): Source {
  const { name } = stream;
  const info: SourceInfo = { ...stream, compression: "none", sizeBytes: undefined, placeable: false };
  let wasRead = false;
  const openOnce = (): AsyncIterable<Uint8Array> => {
    if (wasRead) throw new EngineError("E_COLUMN_NOT_LOADED", `${name} cannot be read twice`, { at: { file: name } });
    wasRead = true;
    return open();
  };
  return sourceOf(info, openOnce, options);
}

/** A source over raw bytes that `open` begins to read. */
function sourceOf(known: SourceInfo, open: () => AsyncIterable<Uint8Array>, options: ExpandOptions): Source {
  let consumedBytes = 0;
  let info = known;
  async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
    consumedBytes = 0;
    try {
      for await (const bytes of open()) {
        consumedBytes += bytes.length;
        yield bytes;
      }
    } catch (error) {
      throw asEngineError(error, info.name);
    }
  }
  return {
    get info() {
      return info;
    },
    get consumedBytes() {
      return consumedBytes;
    },
    chunks: () =>
      decode(counted(), {
        expansion: options.expansion ?? LIMITS.expansion.default,
        onCompression: (compression) => {
          info = { ...info, compression };
        },
      }),
  };
}

async function* slices(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0, turn = 1; at < bytes.length; at += chunkBytes, turn++) {
    yield bytes.subarray(at, at + chunkBytes);
    if (turn % CHUNKS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * The bytes of a file. With `expected` (a regular file) throws E_SOURCE_CHANGED when the file is not, or does not stay, the
 * one that was looked at.
 */
async function* readFile(
  path: string,
  expected: FileIdentity | undefined,
  chunkBytes = CHUNK_BYTES,
): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(path, constants.O_RDONLY);
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  try {
    await checkUnchanged(handle, expected);
    for (let turn = 1; ; turn++) {
      // Reads of regular files block: what the system has at hand, or has read ahead, is there sooner than a promise.
      const length = expected === undefined ? await readChunk(handle, buffer) : readSync(handle.fd, buffer);
      if (length === 0) break;
      yield buffer.subarray(0, length);
      if (turn % CHUNKS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await checkUnchanged(handle, expected);
  } finally {
    await handle.close();
  }
}

async function readChunk(handle: FileHandle, buffer: Buffer): Promise<number> {
  return (await handle.read(buffer, 0, buffer.length, null)).bytesRead;
}

async function checkUnchanged(handle: FileHandle, expected: FileIdentity | undefined): Promise<void> {
  if (expected === undefined) return;
  const now = await handle.stat({ bigint: true });
  if (now.size === expected.sizeBytes && now.mtimeNs === expected.modifiedNs) return;
  throw changedWhileRead(expected.path);
}

/** E_SOURCE_CHANGED for a file that is no longer the one that was looked at. */
export function changedWhileRead(path: string): EngineError {
  return new EngineError("E_SOURCE_CHANGED", `${path} changed while it was read`, { at: { file: path } });
}

async function readHead(path: string): Promise<Uint8Array> {
  try {
    const handle = await open(path, constants.O_RDONLY);
    try {
      const head = Buffer.alloc(SIGNATURE_BYTES);
      return head.subarray(0, await readChunk(handle, head));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw asEngineError(error, path);
  }
}

async function look(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    throw asEngineError(error, path);
  }
}

/** An error of the file system as E_IO, with its errno, its text and the path; any other error as it is. */
export function asEngineError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof EngineError || !("code" in error)) return error;
  // Node's message is "ENOENT: no such file or directory, open '...'".
  const text = error.message.split(",")[0] ?? error.message;
  return new EngineError("E_IO", `${text}: ${path}`, { at: { file: path }, cause: error });
}

/** The files that one input stands for: a path that exists, what a directory holds, what a pattern matches. */
async function pathsOf(input: string, notes: string[]): Promise<string[]> {
  if (isPattern(input) && !(await exists(input))) {
    const matches = (await Promise.all(expandBraces(input).map(matchesOf))).flat();
    if (matches.length === 0) throw new EngineError("E_IO", `no file matches the pattern ${input}`);
    const paths: string[] = [];
    for (const match of new Set(matches)) paths.push(...(await filesOf(match, notes)));
    return paths;
  }
  return filesOf(input, notes);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** A path itself, or the exports in the directory that it is. */
async function filesOf(path: string, notes: string[]): Promise<string[]> {
  if (!(await look(path)).isDirectory()) return [path];
  const others: string[] = [];
  const files = await filesUnder(path, { notes, others });
  const some = `${others.slice(0, NAMED).join(", ")}${others.length > NAMED ? ", ..." : ""}`;
  const count = others.length === 1 ? "1 file" : `${others.length} files`;
  if (files.length === 0) {
    const why = others.length === 0 ? "" : `: ${count} of other names (${some})`;
    throw new EngineError("E_IO", `no ${ENDINGS_TEXT} file in the directory ${path}${why}`, {
      at: { file: path },
      ...(others.length === 0 ? {} : { hint: "A file that is named itself is read whatever its name." }),
    });
  }
  if (others.length > 0) notes.push(`${path}: ${count} not read, being no ${ENDINGS_TEXT}: ${some}`);
  return files;
}

/** What `filesUnder` left out: a note each, and files by the names of which they are no exports. */
interface LeftOut {
  readonly notes: string[];
  readonly others: string[];
}

/** The exports below a directory, in the order of their names; links, special and hidden files are noted. */
async function filesUnder(directory: string, leftOut: LeftOut): Promise<string[]> {
  const { notes, others } = leftOut;
  const files: string[] = [];
  for (const entry of await entriesOf(directory)) {
    const path = join(directory, entry.name);
    if (entry.name.startsWith(".")) notes.push(`${path}: hidden, not read`);
    else if (entry.isSymbolicLink()) notes.push(`${path}: a link, not followed`);
    else if (entry.isDirectory()) files.push(...(await filesUnder(path, leftOut)));
    else if (!entry.isFile()) notes.push(`${path}: not a regular file, not read`);
    else if (EXPORT_NAME.test(entry.name)) files.push(path);
    else others.push(path);
  }
  return files;
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch (error) {
    throw asEngineError(error, directory);
  }
}

/** The paths that match one pattern without braces, in the order of their names. */
async function matchesOf(pattern: string): Promise<string[]> {
  // A last `**` is the directory before it: directories are read with all that is below them.
  const segments = pattern.replace(/\/\*\*\/?$/, "/").split("/");
  const isRooted = segments[0] === "";
  let paths = [isRooted ? "/" : ""];
  for (const segment of segments.slice(isRooted ? 1 : 0)) {
    if (segment === "") continue;
    paths = (await Promise.all(paths.map((path) => step(path, segment)))).flat();
  }
  if (pattern === "**") return ["."];
  const found = await Promise.all(paths.map(exists));
  return paths.filter((_, i) => found[i]);
}

/** The paths one segment below `path`; for `**` the directory itself and all below it, links not followed. */
async function step(path: string, segment: string): Promise<string[]> {
  if (segment !== "**" && !isPattern(segment)) return [path === "" ? segment : join(path, segment)];
  const directory = path === "" ? "." : path;
  if (!(await exists(directory)) || !(await look(directory)).isDirectory()) return [];
  const below = await entriesOf(directory);
  const child = (entry: Dirent): string => (path === "" ? entry.name : join(path, entry.name));
  if (segment !== "**") return below.filter((entry) => matchesSegment(segment, entry.name)).map(child);
  const folders = below.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  return [path, ...(await Promise.all(folders.map((entry) => step(child(entry), "**")))).flat()];
}
