// Runs a joined script, with V8's code cache of it where one fits: a start then neither parses nor compiles what it runs.
// Called by launch.ts; caches are written by scripts/record-code-cache.ts while the package is built, and never by a start.
// What must stay true: without a cache, with one of another Node or of another script, or with a damaged one, the script runs
// all the same and does the same. V8 checks its own version and flags, but of the script only the length and of the cache not
// every byte: so a checksum of both stands before the cache.

import { closeSync, openSync, readSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";

const CHECKSUM_BYTES = 4;

/** A script that has run. */
export interface RanScript {
  readonly exports: unknown;
  /** Whether V8 took the functions of a cache. */
  readonly isCached: boolean;
  /** What cachePath(path) is to hold: all functions that have run by now. */
  readonly cache: () => Uint8Array;
}

/** Where the cache of the script at `path` stands: beside it, one for each Node. */
export function cachePath(path: string): string {
  const { version, versions, platform, arch } = process;
  return `${path}.${version}-${versions.v8}-${platform}-${arch}.cache`;
}

/**
 * Runs the script at the absolute `path`: ASCII, one function of (exports, require, __filename, importModule). Throws what it
 * throws, and when it cannot be read.
 */
export function runScript(path: string): RanScript {
  // Both files are read to the same memory: what a start leaves behind counts for --memory-limit.
  const room = Buffer.allocUnsafeSlow(Math.max(sizeOf(path), sizeOf(cachePath(path))));
  const bytes = readTo(room, path);
  const source = bytes.toString("latin1");
  const checksum = crc32(bytes);
  const cachedData = readCache(room, path, checksum);
  const script = new Script(source, {
    filename: path,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const exports = {};
  // A script's own import() needs a flag of Node, or warns.
  const importModule = (name: string): Promise<unknown> => import(name);
  script.runInThisContext()(exports, createRequire(path), path, importModule);
  return {
    exports,
    isCached: script.cachedDataRejected === false,
    cache: () => {
      const data = script.createCachedData();
      const head = Buffer.alloc(CHECKSUM_BYTES);
      head.writeUInt32LE(crc32(data, checksum));
      return Buffer.concat([head, data]);
    },
  };
}

/** What V8 may be given; undefined where there is nothing, or not what was written. `checksum`: of the script. */
function readCache(room: Buffer, path: string, checksum: number): Buffer | undefined {
  try {
    const cache = readTo(room, cachePath(path));
    const data = cache.subarray(CHECKSUM_BYTES);
    return cache.readUInt32LE(0) === crc32(data, checksum) ? data : undefined;
  } catch {
    return undefined;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Reads as much of a file as there is room for. */
function readTo(room: Buffer, path: string): Buffer {
  const file = openSync(path, "r");
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < room.length; length += read) {
      read = readSync(file, room, length, room.length - length, null);
    }
    return room.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
