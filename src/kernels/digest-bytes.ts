// A t-digest as bytes and back: to keep it in a state file, or to send it to another thread.
// Called by state/. What must stay true: bytes are hostile input, and every digest that is read keeps the promises of one
// that was computed; reading what was written and writing it again gives the same bytes.
// Version 1, little-endian: "TMTD", version (uint16), flags (uint16; bit 0: all weights are 1 and left out), compression
// (uint32), centroids (uint32), count (float64), smallest magnitude (float64, Infinity for none), means, weights
// (float64; below 0: that many values, at least two, all equal to the mean).

import { EngineError } from "../base/errors.ts";
import { COMPRESSION } from "./centroids.ts";
import { TDigest } from "./tdigest.ts";

const MAGIC = 0x4454_4d54;
const VERSION = 1;
const UNWEIGHTED = 1;
const HEADER = 32;

/** The bytes of a digest. */
export function digestBytes(digest: TDigest): Uint8Array {
  const { means, weights, smallest } = digest.centroids();
  const size = means.length;
  const view = new DataView(new ArrayBuffer(HEADER + size * (weights === undefined ? 8 : 16)));
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, weights === undefined ? UNWEIGHTED : 0, true);
  view.setUint32(8, COMPRESSION, true);
  view.setUint32(12, size, true);
  view.setFloat64(16, digest.count, true);
  view.setFloat64(24, smallest, true);
  for (let i = 0; i < size; i += 1) view.setFloat64(HEADER + i * 8, means[i]!, true);
  if (weights !== undefined) {
    for (let i = 0; i < size; i += 1) view.setFloat64(HEADER + (size + i) * 8, weights[i]!, true);
  }
  return new Uint8Array(view.buffer);
}

/** The digest of such bytes. Throws E_DIGEST_INVALID. */
export function digestOfBytes(bytes: Uint8Array): TDigest {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER) throw invalid(`cut after ${bytes.length} bytes`);
  if (view.getUint32(0, true) !== MAGIC) throw invalid("no digest");
  if (view.getUint16(4, true) !== VERSION) throw invalid(`version ${view.getUint16(4, true)}; this reads ${VERSION}`);
  const flags = view.getUint16(6, true);
  const compression = view.getUint32(8, true);
  const size = view.getUint32(12, true);
  if (flags > UNWEIGHTED) throw invalid("unknown flags");
  if (compression !== COMPRESSION) throw invalid(`compression ${compression}; this reads ${COMPRESSION}`);
  if (size > COMPRESSION) throw invalid(`${size} centroids`);
  const length = HEADER + size * (flags === UNWEIGHTED ? 8 : 16);
  if (bytes.length !== length) throw invalid(`${bytes.length} bytes for ${length}`);
  const means = Float64Array.from({ length: size }, (_, i) => view.getFloat64(HEADER + i * 8, true));
  checkMeans(means);
  const weights = flags === UNWEIGHTED ? undefined : weightsOf(view, size);
  const count = view.getFloat64(16, true);
  if (count !== (weights === undefined ? size : sumOf(weights)))
    throw invalid(`count ${count} is not that of its weights`);
  const smallest = view.getFloat64(24, true);
  checkSmallest(smallest, means);
  const digest = TDigest.of({ means, weights, smallest });
  // Of single values it is known.
  if (digest.centroids().smallest !== smallest) throw invalid(`smallest magnitude ${smallest}`);
  return digest;
}

function checkMeans(means: Float64Array): void {
  for (let i = 0; i < means.length; i += 1) {
    if (Number.isNaN(means[i]!) || Object.is(means[i]!, -0))
      throw invalid(`mean ${i} is no number that a digest holds`);
    if (i > 0 && means[i]! < means[i - 1]!) throw invalid(`mean ${i} is below the one before`);
  }
}

/** Weights of a list that has one of more than 1: whole, in exact range, exact at both ends. */
function weightsOf(view: DataView, size: number): Float64Array {
  const weights = Float64Array.from({ length: size }, (_, i) => view.getFloat64(HEADER + (size + i) * 8, true));
  for (let i = 0; i < size; i += 1) {
    const weight = weights[i]!;
    if (!Number.isSafeInteger(weight) || weight === 0 || weight === -1) throw invalid(`weight ${i} is ${weight}`);
  }
  if (!(weights[0]! <= 1 && weights.at(-1)! <= 1)) throw invalid("an end is not exact");
  if (!Number.isSafeInteger(sumOf(weights))) throw invalid("more values than can be counted");
  if (sumOf(weights) === size) throw invalid("weights of 1 are left out");
  return weights;
}

/** At most the largest magnitude, and at least, where all values are of one sign, the one at that end. */
function checkSmallest(smallest: number, means: Float64Array): void {
  const first = means[0] ?? 0;
  const last = means.at(-1) ?? 0;
  const largest = Math.max(Math.abs(first), Math.abs(last));
  const isRight =
    first > 0
      ? smallest === first
      : last < 0
        ? smallest === -last
        : largest === 0
          ? smallest === Number.POSITIVE_INFINITY
          : smallest > 0 && smallest <= largest;
  if (!isRight) throw invalid(`smallest magnitude ${smallest}`);
}

function sumOf(weights: Float64Array): number {
  return weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
}

function invalid(what: string): EngineError {
  return new EngineError("E_DIGEST_INVALID", `not a valid digest: ${what}`);
}
