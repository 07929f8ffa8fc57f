// The WebAssembly kernels and the memory that they work in: an arena is one instance with a bump allocator.
// Called by exec/, one arena a query; addresses are byte offsets, and typed arrays over them are made when they are needed,
// for the memory moves when it grows. What must stay true: fresh regions are zero; a refused growth is E_MEMORY; where
// WebAssembly or its SIMD is missing there is no arena, and the kernels in TypeScript do the work.

import { EngineError } from "../base/errors.ts";
import { WASM_BASE64 } from "./wasm/module.ts";

/** What the module exports; see the files of wasm/. Counts and addresses are unsigned, but come as int32. */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heapBase(): number;
  selectMapped(codes: number, table: number, positions: number, count: number, out: number): number;
  selectBetween(values: number, least: number, most: number, positions: number, count: number, out: number): number;
  selectBytes(bytes: number, positions: number, count: number, out: number): number;
  selectCodes(codes: number, positions: number, count: number, out: number): number;
  selectTaken(index: number, bytes: number, first: number, positions: number, count: number, out: number): number;
  gatherFloat64(values: number, first: number, positions: number, count: number, out: number): void;
  gatherInt32(values: number, first: number, positions: number, count: number, out: number): void;
  fillSlots(slots: number, count: number, first: number): void;
  addCodes(slots: number, codes: number, count: number, radix: number): void;
  addBuckets(slots: number, times: number, count: number, radix: number, width: number, first: number): void;
  sharedSlot(slots: number, count: number): number;
  maskNulls(values: number, slots: number, count: number): void;
  packPresent(values: number, slots: number, count: number, out: number): number;
  markSlots(slots: number, count: number, marks: number): void;
  hasNews(marks: number, known: number, size: number): number;
  countSlots(slots: number, count: number, counts: number): void;
  countFewSlots(slots: number, count: number, counts: number): void;
  noteSlots(slots: number, count: number, known: number, list: number, listed: number, room: number): number;
  minBySlot(values: number, slots: number, count: number, least: number): void;
  maxBySlot(values: number, slots: number, count: number, most: number): void;
  markCodes(codes: number, slots: number, count: number, seen: number, size: number): void;
  countMarks(bytes: number, count: number): number;
  sumBySlot(values: number, slots: number, count: number, records: number): void;
  sumOne(values: number, count: number, record: number): void;
  mergeSums(records: number, totals: number, slots: number): void;
  fillBits(bits: number, count: number): void;
  keepBits(bits: number, count: number, other: number): void;
  keepFlags(bits: number, count: number, flags: number): void;
  keepBetween(bits: number, count: number, codes: number, least: number, span: number): void;
  keepNumbers(bits: number, count: number, values: number, least: number, most: number): void;
  keepAnswers(bits: number, count: number, codes: number, table: number): void;
  countBits(bits: number, count: number): number;
  narrowCodes(codes: number, count: number, least: number, out: number): void;
  bitsOfCode(bits: number, count: number, codes: number, code: number, out: number): number;
  firstBit(bits: number, count: number): number;
  rowsOfBits(bits: number, count: number, first: number, out: number): number;
  maskSlots(slots: number, bits: number, count: number): void;
  sumBits(values: number, bits: number, count: number, record: number): void;
  sumWholeBits(values: number, bits: number, count: number, record: number): void;
  areWhole(values: number, count: number): number;
  sumWhole(values: number, count: number, record: number): void;
  sumWholeBySlot(values: number, slots: number, count: number, records: number, lanes: number): void;
  countBins(
    values: number,
    slots: number,
    count: number,
    least: number,
    lift: number,
    first: number,
    shift: number,
    bins: number,
    counts: number,
  ): void;
  liftedOrder(value: number, least: number, lift: number): number;
  collectBins(
    values: number,
    slots: number,
    count: number,
    least: number,
    lift: number,
    first: number,
    shift: number,
    bins: number,
    starts: number,
    out: number,
  ): void;
  packBySlot(values: number, slots: number, count: number, out: number, outSlots: number, counts: number): number;
  packNumbers(values: number, count: number, out: number): number;
  scatterBySlot(values: number, slots: number, count: number, next: number, out: number): void;
  highBounds(values: number, count: number, out: number): void;
  sumCells(
    values: number,
    count: number,
    least: number,
    spare: number,
    table: number,
    cells: number,
    records: number,
  ): void;
  pickCells(values: number, cells: number, count: number, places: number, out: number): void;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: KernelExports };
}

const PAGE_BYTES = 65_536;
const ALIGNMENT = 16;
/** Arenas that have grown past this are not kept for the next query. */
const KEPT_BYTES = 64 * 2 ** 20;

let compiled: object | "none" | undefined;
/** Arenas at rest: instances reserve address space, so they are used again. */
const idle: Arena[] = [];

function instance(): KernelExports | undefined {
  const api: WebAssemblyApi | undefined = Reflect.get(globalThis, "WebAssembly");
  if (api === undefined || compiled === "none") return undefined;
  try {
    compiled ??= new api.Module(Buffer.from(WASM_BASE64, "base64"));
    return new api.Instance(compiled, {}).exports;
  } catch {
    compiled = "none";
    return undefined;
  }
}

/** The whole memory. */
interface Views {
  readonly bytes: Uint8Array;
  readonly int32: Int32Array;
  readonly float64: Float64Array;
}

/** Elements of an array from number `from` on, before number `to`. */
interface Range {
  readonly from: number;
  readonly to: number;
}

function part<A extends { readonly length: number; subarray(from: number, to: number): A }>(
  values: A,
  from: number,
  to: number,
): A {
  return from === 0 && to === values.length ? values : values.subarray(from, to);
}

/** Memory of one query and the kernels that work in it. */
export class Arena {
  readonly kernels: KernelExports;
  readonly #base: number;
  #top: number;
  /** Bytes below it may hold something. */
  #used: number;
  #kept: Views | undefined;

  private constructor(kernels: KernelExports) {
    this.kernels = kernels;
    this.#base = aligned(kernels.heapBase());
    this.#top = this.#base;
    this.#used = this.#base;
  }

  /** An empty arena; undefined where WebAssembly is missing. */
  static take(): Arena | undefined {
    const kept = idle.pop();
    if (kept !== undefined) return kept;
    const kernels = instance();
    return kernels === undefined ? undefined : new Arena(kernels);
  }

  /** Ends the use of the arena: its regions must not be touched again. */
  release(): void {
    if (this.kernels.memory.buffer.byteLength > KEPT_BYTES) return;
    this.#top = this.#base;
    idle.push(this);
  }

  /** The address of `size` zero bytes, on a boundary of 16. Arrays made before may be detached. Throws E_MEMORY. */
  allocate(size: number): number {
    const at = this.#top;
    const end = aligned(at + size);
    const { memory } = this.kernels;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) {
      // Growing copies nothing, but detaches every array: by an eighth at least, so that it is rare.
      const pages = Math.ceil(Math.max(missing, memory.buffer.byteLength / 8) / PAGE_BYTES);
      if (!grew(memory, pages) && !grew(memory, Math.ceil(missing / PAGE_BYTES))) {
        throw new EngineError("E_MEMORY", `The system gives no ${size} bytes to compute in`);
      }
    }
    if (at < this.#used) new Uint8Array(memory.buffer, at, Math.min(end, this.#used) - at).fill(0);
    this.#top = end;
    this.#used = Math.max(this.#used, end);
    return at;
  }

  /** `length` bytes at an address. Holds until the next `allocate`; so do the others. */
  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.kernels.memory.buffer, at, length);
  }

  uint16(at: number, length: number): Uint16Array {
    return new Uint16Array(this.kernels.memory.buffer, at, length);
  }

  int32(at: number, length: number): Int32Array {
    return new Int32Array(this.kernels.memory.buffer, at, length);
  }

  uint32(at: number, length: number): Uint32Array {
    return new Uint32Array(this.kernels.memory.buffer, at, length);
  }

  float64(at: number, length: number): Float64Array {
    return new Float64Array(this.kernels.memory.buffer, at, length);
  }

  /** Copies numbers `[from, to)` to an address, a multiple of 8. Making an array for each copy would cost as much as 1,000 of them. */
  putFloat64(at: number, values: Float64Array, { from, to }: Range): void {
    this.#views().float64.set(part(values, from, to), at / 8);
  }

  /** The same for int32, and an address that is a multiple of 4. */
  putInt32(at: number, values: Int32Array, { from, to }: Range): void {
    this.#views().int32.set(part(values, from, to), at / 4);
  }

  /** The same for bytes. */
  putBytes(at: number, bytes: Uint8Array, { from, to }: Range): void {
    this.#views().bytes.set(part(bytes, from, to), at);
  }

  #views(): Views {
    const { buffer } = this.kernels.memory;
    if (this.#kept?.bytes.buffer !== buffer) {
      this.#kept = { bytes: new Uint8Array(buffer), int32: new Int32Array(buffer), float64: new Float64Array(buffer) };
    }
    return this.#kept;
  }
}

function aligned(address: number): number {
  return Math.ceil(address / ALIGNMENT) * ALIGNMENT;
}

function grew(memory: KernelExports["memory"], pages: number): boolean {
  try {
    return memory.grow(pages) >= 0;
  } catch {
    return false;
  }
}
