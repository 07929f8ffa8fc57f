// The fast scanner: the structural index and the tape by WebAssembly SIMD. The same verdicts and tapes as scan.ts, which
// stays the reference: what is unusual is declined here and scanned there.
// Called by ingest's record loader, one instance each: an instance holds memory that changes with every record.
// What must stay true: a tape that is given is the one that scan.ts would make, node for node; views are taken anew after
// every call that may grow the memory.

import { isUtf8 } from "node:buffer";
import { IDLE_MS } from "../base/limits.ts";
import { parseNumber } from "./numbers.ts";
import type { ScanOptions } from "./scan.ts";
import { Tape } from "./tape.ts";
import { WASM_BASE64 } from "./wasm/module.ts";

/** Memory of an instance, which is given to it. */
export interface InstanceMemory {
  readonly buffer: ArrayBuffer;
}

/** What the module exports; see wasm/module.as.ts. Addresses and counts are unsigned, but come as int32. */
export interface SimdExports {
  readonly memory: InstanceMemory;
  reserve(size: number): number;
  scan(size: number, bias: number, maxDepth: number): number;
  needsUtf8Check(): number;
  kindsAt(): number;
  startsAt(): number;
  endsAt(): number;
  nextsAt(): number;
  nodes(): number;
  allocate(size: number): number;
  usedBytes(): number;
  takeOver(bytes: number): void;
  writtenBytes(): number;
  isExhausted(): number;
  newTable(room: number): number;
  newColumn(table: number, type: number, dictionary: number): number;
  newDictionary(): number;
  numberOf(dictionary: number, text: number, length: number): number;
  newKeyed(keys: number, values: number, cells: number, heap: number): number;
  indexScope(scope: number): number;
  readFloat(start: number, end: number): number;
  wasRead(): number;
  runProgram(
    program: number,
    node: number,
    record: number,
    first: number,
    traceRow: number,
    hasPlaces: number,
    maxDepth: number,
  ): number;
  takeBack(program: number): void;
  reserveLines(records: number, shapeScope: number): number;
  learnShape(document: number, program: number): void;
  walkLines(
    start: number,
    end: number,
    traceRow: number,
    hasPlaces: number,
    maxDepth: number,
    longest: number,
    utf8: number,
    enough: number,
  ): number;
  linesEnd(): number;
  linesNewlines(): number;
  linesRecords(): number;
  linesRecordCount(): number;
  linesOrphans(): number;
  linesNegativeDurations(): number;
  resetTable(table: number): void;
  orphanCount(): number;
  negativeDurationCount(): number;
  traceIdAt(): number;
  traceIdBytes(): number;
  reserveExtents(size: number): number;
  extentsAt(): number;
  beginExtents(): void;
  findExtents(size: number, maxDepth: number, lineShift: number): number;
  searchedTo(): number;
  openAt(): number;
  openLineAt(): number;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: SimdExports };
  readonly Memory: new (size: { readonly initial: number }) => InstanceMemory;
}

/** Rooms for a record, one after the other; larger ones are left to scan.ts, so that none takes a gigabyte for its index. */
const ROOMS = [2 ** 18, 2 ** 21, 2 ** 24] as const;

let compiled: object | undefined | "none";

/** The compiled module, which other threads can be given; undefined where WebAssembly or its SIMD is missing. */
export function simdModule(): object | undefined {
  const api: WebAssemblyApi | undefined = Reflect.get(globalThis, "WebAssembly");
  if (api === undefined || compiled === "none") return undefined;
  try {
    compiled ??= new api.Module(Buffer.from(WASM_BASE64, "base64"));
    return compiled;
  } catch {
    compiled = "none";
    return undefined;
  }
}

/** Takes the module that another thread has compiled, which is faster than doing it again. */
export function useSimdModule(module: object | undefined): void {
  compiled ??= module;
}

/** Pages that an instance has at first; the module asks for no fewer. */
const FIRST_PAGES = 128;
/** Most bytes of a memory that is kept. */
const MOST_KEPT_BYTES = 2 ** 27;

/** Memory of an instance that is done with, for the next one of this thread, and how much of it was written. */
let kept: { readonly memory: InstanceMemory; readonly writtenBytes: number } | undefined;
let forgetting: ReturnType<typeof setTimeout> | undefined;

/**
 * Says that an instance, and every view of its memory, is not used again. Its memory waits half a minute for the next one:
 * memory that is new costs more to touch than to write, and is garbage that the runtime looks for.
 */
export function releaseInstance({ memory, writtenBytes }: SimdExports): void {
  if (memory.buffer.byteLength > MOST_KEPT_BYTES) return;
  kept = { memory, writtenBytes: writtenBytes() };
  // One timer, so that it is the last memory alone that waits.
  clearTimeout(forgetting);
  forgetting = setTimeout(() => {
    kept = undefined;
  }, IDLE_MS).unref();
}

/**
 * A new instance of the module; undefined where WebAssembly or its SIMD is missing, or memory is short. `reuses`: takes the
 * memory of one that was released.
 */
export function simdInstance({ reuses = false } = {}): SimdExports | undefined {
  const api: WebAssemblyApi | undefined = Reflect.get(globalThis, "WebAssembly");
  const module = simdModule();
  if (api === undefined || module === undefined) return undefined;
  try {
    let bytes = new Uint8Array(0);
    const number = (start: number, end: number): number => {
      if (bytes.length === 0) bytes = new Uint8Array(memory.buffer);
      return parseNumber(bytes, start >>> 0, end >>> 0);
    };
    const used = reuses ? kept : undefined;
    if (reuses) kept = undefined;
    const memory = used?.memory ?? new api.Memory({ initial: FIRST_PAGES });
    const { exports } = new api.Instance(module, { env: { memory }, host: { number } });
    if (used !== undefined) exports.takeOver(used.writtenBytes);
    return exports;
  } catch {
    compiled = "none";
    return undefined;
  }
}

/** Scans records with an instance. */
export class SimdScanner {
  /** Of the record scanned last; its arrays are the module's memory. */
  readonly tape = new Tape();
  readonly #exports: SimdExports;
  #bytes: Uint8Array = new Uint8Array(0);
  #room = 0;
  /** Address of the record. */
  #record = 0;
  /** Memory that was set aside for records, their indexes and their tapes; most of it is never touched. */
  roomBytes = 0;

  constructor(exports: SimdExports) {
    this.#exports = exports;
  }

  /**
   * Scans the document in `bytes[start, end)`; its positions on `tape` index `bytes`. False: it is refused, or unusual, and
   * scan.ts must look at it.
   */
  scan(bytes: Uint8Array, start: number, end: number, options: ScanOptions): boolean {
    const size = end - start;
    if (!this.reserve(size)) return false;
    this.refresh();
    const record = bytes.subarray(start, end);
    this.#bytes.set(record);
    const exports = this.#exports;
    const before = exports.usedBytes();
    const nodes = exports.scan(size, start, options.maxDepth);
    this.roomBytes += exports.usedBytes() - before;
    if (nodes === 0 || (exports.needsUtf8Check() !== 0 && !isUtf8(record))) return false;
    this.refresh();
    this.tape.count = nodes;
    return true;
  }

  /** Makes room for the index and the tape of documents of `size` bytes. False when there is none. */
  reserve(size: number): boolean {
    if (size <= this.#room) return true;
    const room = ROOMS.find((bytes) => bytes >= size);
    if (room === undefined) return false;
    const exports = this.#exports;
    const before = exports.usedBytes();
    this.#room = 0;
    this.#record = exports.reserve(room) >>> 0;
    if (this.#record === 0) return false;
    this.#room = room;
    this.roomBytes += exports.usedBytes() - before;
    return true;
  }

  /** Address of the record that was scanned last. */
  get record(): number {
    return this.#record;
  }

  /** Takes the views of record and tape anew, when memory has grown since they were taken, or the tape has moved. */
  refresh(): void {
    const exports = this.#exports;
    const { buffer } = exports.memory;
    // Memory that has grown leaves the old views empty.
    if (this.#bytes.length === 0 || this.#bytes.byteOffset !== this.#record) {
      this.#bytes = new Uint8Array(buffer, this.#record, this.#room);
    }
    const kindsAt = exports.kindsAt() >>> 0;
    if (this.tape.kinds.length > 0 && this.tape.kinds.byteOffset === kindsAt) return;
    const nodes = exports.nodes();
    this.tape.kinds = new Uint8Array(buffer, kindsAt, nodes);
    this.tape.starts = new Uint32Array(buffer, exports.startsAt() >>> 0, nodes);
    this.tape.ends = new Uint32Array(buffer, exports.endsAt() >>> 0, nodes);
    this.tape.nexts = new Uint32Array(buffer, exports.nextsAt() >>> 0, nodes);
  }
}
