// What is known of a block without reading it again: minimum, maximum and nulls (zone maps), and an estimate of how many
// distinct values a column has. Called where blocks are finished, by the planner and by `inspect`.
// What must stay true: every value that is not null lies in [min, max], compared as float64.
// Distinct estimate: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier, 2007), with linear counting for few values.

import { hashBytes, mixBits } from "./byte-hash.ts";
import { type BlockStats, type Column, isPresent } from "./column.ts";

/** Stats of a block without a value. */
export function emptyStats(nulls: number): BlockStats {
  return { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, nulls };
}

/** Stats of numbers, where NaN is null. */
export function float64Stats(values: Float64Array): BlockStats {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let present = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
    if (!Number.isNaN(value)) present += 1;
  }
  return { min, max, nulls: values.length - present };
}

/** Stats of whole numbers without nulls. */
export function int32Stats(values: Int32Array | Uint8Array): BlockStats {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max, nulls: 0 };
}

/** Stats of dictionary codes, where negative codes are null. */
export function codeStats(codes: Int32Array): BlockStats {
  let min = Number.POSITIVE_INFINITY;
  let max = -1;
  let present = 0;
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i]!;
    if (code < 0) continue;
    present += 1;
    if (code < min) min = code;
    if (code > max) max = code;
  }
  return present === 0 ? emptyStats(codes.length) : { min, max, nulls: codes.length - present };
}

/**
 * Stats of int64 values, rounded outward to float64. `present`: 1 where there is a value.
 * Compares high and low halves as numbers, for a BigInt read in the loop would allocate.
 */
export function int64Stats(values: BigInt64Array, present: Uint8Array): BlockStats {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  let count = 0;
  let least = -1;
  let most = -1;
  let minHigh = 0;
  let minLow = 0;
  let maxHigh = 0;
  let maxLow = 0;
  for (let i = 0; i < values.length; i += 1) {
    if (present[i] === 0) continue;
    count += 1;
    const low = halves[2 * i]! >>> 0;
    const high = halves[2 * i + 1]!;
    if (least < 0 || high < minHigh || (high === minHigh && low < minLow)) {
      least = i;
      minHigh = high;
      minLow = low;
    }
    if (most < 0 || high > maxHigh || (high === maxHigh && low > maxLow)) {
      most = i;
      maxHigh = high;
      maxLow = low;
    }
  }
  const nulls = values.length - count;
  if (count === 0) return emptyStats(nulls);
  return { ...int64Range(values[least]!, values[most]!), nulls };
}

/** The range of int64 values as float64, rounded outward. */
export function int64Range(least: bigint, most: bigint): { readonly min: number; readonly max: number } {
  return { min: roundDown(least), max: roundUp(most) };
}

/** Largest float64 that is not above `value`. */
function roundDown(value: bigint): number {
  const near = Number(value);
  return BigInt(near) <= value ? near : neighbour(near, -1);
}

/** Smallest float64 that is not below `value`. */
function roundUp(value: bigint): number {
  const near = Number(value);
  return BigInt(near) >= value ? near : neighbour(near, 1);
}

/** The next float64 below (-1) or above (1) a number that is not zero. */
function neighbour(value: number, direction: 1 | -1): number {
  const number = Float64Array.of(value);
  const bits = new BigInt64Array(number.buffer);
  bits[0]! += BigInt(value > 0 ? direction : -direction);
  return number[0]!;
}

const REGISTER_BITS = 12;
const REGISTERS = 1 << REGISTER_BITS;
/** Bias correction of HyperLogLog for 128 registers and more. */
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

/**
 * About how many distinct values, nulls apart, a column has: exact for dictionaries, else within about 5 %.
 * Places are not compared: their number of values is given.
 */
export function distinctEstimate(column: Column): number {
  if (column.type === "dictionary") return column.dictionary.size;
  if (column.type === "place") return column.length - column.nulls;
  const registers = new Uint8Array(REGISTERS);
  for (const block of column.blocks) {
    for (let row = 0; row < block.length; row += 1) {
      if (!isPresent(block.validity, row)) continue;
      const hash =
        "offsets" in block
          ? hashBytes(block.bytes, block.offsets[row]!, block.offsets[row + 1]!)
          : hashNumber(block.values, row);
      const register = hash >>> (32 - REGISTER_BITS);
      const rank = Math.min(Math.clz32(hash << REGISTER_BITS), 32 - REGISTER_BITS) + 1;
      if (rank > registers[register]!) registers[register] = rank;
    }
  }
  return Math.round(Math.min(estimate(registers), column.length - column.nulls));
}

const parts = new Uint32Array(2);
const asFloat64 = new Float64Array(parts.buffer);
const asInt64 = new BigInt64Array(parts.buffer);

function hashNumber(values: Float64Array | Int32Array | BigInt64Array | Uint8Array, row: number): number {
  if (values instanceof BigInt64Array) asInt64[0] = values[row]!;
  else asFloat64[0] = values[row]! + 0; // -0 counts as 0
  return mixBits(Math.imul(mixBits(parts[0]!) ^ parts[1]!, 0x9e3779b1));
}

function estimate(registers: Uint8Array): number {
  let sum = 0;
  let zeros = 0;
  for (let i = 0; i < REGISTERS; i += 1) {
    sum += 2 ** -registers[i]!;
    if (registers[i] === 0) zeros += 1;
  }
  const raw = (ALPHA * REGISTERS * REGISTERS) / sum;
  if (raw <= 2.5 * REGISTERS && zeros > 0) return REGISTERS * Math.log(REGISTERS / zeros);
  const span = 2 ** 32;
  return raw > span / 30 ? -span * Math.log(1 - raw / span) : raw;
}
