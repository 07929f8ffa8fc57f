// What is known of a block, by WebAssembly SIMD: statistics and validity in one pass. The same as stats.ts and bitmap.ts
// give, which stay the reference and serve small blocks, and where WebAssembly is missing.
// Called by blocks.ts for every block of every load, merge and compaction; a thread that builds few blocks would spend more
// on warming up loops in JavaScript than on the loops. What must stay true: equal to the reference to the bit.

import { bitmapBytes, packBits } from "./bitmap.ts";
import { BLOCK_ROWS, type BlockStats } from "./column.ts";
import { sharedBytes } from "./memory.ts";
import { codeStats, emptyStats, float64Stats, int32Stats, int64Range, int64Stats } from "./stats.ts";
import { WASM_BASE64 } from "./wasm/module.ts";

/** Smaller blocks are not worth a start of the module. */
const FROM_ROWS = 4096;

/** Statistics of a block and its validity, which is undefined when nothing or everything is null. */
export interface BlockScan {
  readonly stats: BlockStats;
  readonly validity: Uint8Array | undefined;
}

/** What the module exports; see wasm/scan.as.ts. */
interface ScanExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  valuesAt(): number;
  flagsAt(): number;
  bitsAt(): number;
  outAt(): number;
  scanFloat64(rows: number): number;
  scanCodes(rows: number): number;
  scanInt32(rows: number): void;
  scanInt64(rows: number): number;
  scanFlags(rows: number): number;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: ScanExports };
}

/** An instance and its regions; its memory never grows. */
class Scanner {
  readonly exports: ScanExports;
  readonly float64: Float64Array;
  readonly int64: BigInt64Array;
  readonly int32: Int32Array;
  readonly flags: Uint8Array;
  readonly #bits: Uint8Array;
  readonly #out: DataView;

  constructor(exports: ScanExports) {
    const { buffer } = exports.memory;
    this.exports = exports;
    this.float64 = new Float64Array(buffer, exports.valuesAt(), BLOCK_ROWS);
    this.int64 = new BigInt64Array(buffer, exports.valuesAt(), BLOCK_ROWS);
    this.int32 = new Int32Array(buffer, exports.valuesAt(), BLOCK_ROWS);
    this.flags = new Uint8Array(buffer, exports.flagsAt(), BLOCK_ROWS);
    this.#bits = new Uint8Array(buffer, exports.bitsAt(), BLOCK_ROWS / 8);
    this.#out = new DataView(buffer, exports.outAt(), 16);
  }

  /** The range left in the module, and its bits when `present` of `rows` rows are not null. */
  result(rows: number, present: number, range: (out: DataView) => { min: number; max: number }): BlockScan {
    const nulls = rows - present;
    if (present === 0) return { stats: emptyStats(nulls), validity: undefined };
    return { stats: { ...range(this.#out), nulls }, validity: nulls === 0 ? undefined : this.validity(rows) };
  }

  /** The bits left in the module, in shared memory. */
  validity(rows: number): Uint8Array {
    const bits = sharedBytes(bitmapBytes(rows));
    bits.set(this.#bits.subarray(0, bits.length));
    return bits;
  }
}

let scanner: Scanner | "none" | undefined;

/** The thread's scanner for a block of so many rows; undefined where JavaScript does it. */
function scannerFor(rows: number): Scanner | undefined {
  if (rows < FROM_ROWS || rows > BLOCK_ROWS || scanner === "none") return undefined;
  const api: WebAssemblyApi | undefined = Reflect.get(globalThis, "WebAssembly");
  try {
    if (api === undefined) return undefined;
    scanner ??= new Scanner(new api.Instance(new api.Module(Buffer.from(WASM_BASE64, "base64")), {}).exports);
    return scanner;
  } catch {
    scanner = "none";
    return undefined;
  }
}

const asFloat64 = (out: DataView) => ({ min: out.getFloat64(0, true), max: out.getFloat64(8, true) });
const asCodes = (out: DataView) => ({ min: out.getUint32(0, true), max: out.getInt32(8, true) });
const asInt32 = (out: DataView) => ({ min: out.getInt32(0, true), max: out.getInt32(8, true) });
const asInt64 = (out: DataView) => int64Range(out.getBigInt64(0, true), out.getBigInt64(8, true));

/** Of numbers, NaN where null. */
export function scanFloat64(values: Float64Array): BlockScan {
  const rows = values.length;
  const module = scannerFor(rows);
  if (module === undefined) return withBits(float64Stats(values), rows, (bits) => markNumbers(values, bits));
  module.float64.set(values);
  return module.result(rows, module.exports.scanFloat64(rows), asFloat64);
}

/** Of dictionary codes, negative where null. */
export function scanCodes(codes: Int32Array): BlockScan {
  const rows = codes.length;
  const module = scannerFor(rows);
  if (module === undefined) return withBits(codeStats(codes), rows, (bits) => markCodes(codes, bits));
  module.int32.set(codes);
  return module.result(rows, module.exports.scanCodes(rows), asCodes);
}

/** Of whole numbers without nulls. */
export function scanInt32(values: Int32Array): BlockStats {
  const module = scannerFor(values.length);
  if (module === undefined) return int32Stats(values);
  module.int32.set(values);
  module.exports.scanInt32(values.length);
  return module.result(values.length, values.length, asInt32).stats;
}

/** Of int64 values; `present`: 1 where there is one, else 0. */
export function scanInt64(values: BigInt64Array, present: Uint8Array): BlockScan {
  const rows = values.length;
  const module = scannerFor(rows);
  if (module === undefined) return packed(int64Stats(values, present), present, rows);
  module.int64.set(values);
  module.flags.set(present.subarray(0, rows));
  return module.result(rows, module.exports.scanInt64(rows), asInt64);
}

/** Of flags, 1 where there is a value and else 0; stats carry nulls only. */
export function scanFlags(present: Uint8Array, rows: number): BlockScan {
  const module = scannerFor(rows);
  if (module === undefined) {
    let nulls = rows;
    for (let row = 0; row < rows; row += 1) nulls -= present[row]!;
    return packed(emptyStats(nulls), present, rows);
  }
  module.flags.set(present.subarray(0, rows));
  const nulls = rows - module.exports.scanFlags(rows);
  return { stats: emptyStats(nulls), validity: nulls === 0 || nulls === rows ? undefined : module.validity(rows) };
}

/** With the bits that `mark` sets, when some rows are null and some not. */
function withBits(stats: BlockStats, rows: number, mark: (bits: Uint8Array) => void): BlockScan {
  if (stats.nulls === 0 || stats.nulls === rows) return { stats, validity: undefined };
  const bits = sharedBytes(bitmapBytes(rows));
  mark(bits);
  return { stats, validity: bits };
}

function markNumbers(values: Float64Array, bits: Uint8Array): void {
  for (let i = 0; i < values.length; i += 1) if (!Number.isNaN(values[i]!)) bits[i >> 3]! |= 1 << (i & 7);
}

function markCodes(codes: Int32Array, bits: Uint8Array): void {
  for (let i = 0; i < codes.length; i += 1) bits[i >> 3]! |= (~codes[i]! >>> 31) << (i & 7);
}

function packed(stats: BlockStats, present: Uint8Array, rows: number): BlockScan {
  const isMixed = stats.nulls > 0 && stats.nulls < rows;
  return { stats, validity: isMixed ? packBits(present, rows) : undefined };
}
