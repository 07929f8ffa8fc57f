// XXH64 against published values and against the specification written down with BigInt.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Xxh64 } from "../../src/ingest/xxh64.ts";
import { runs } from "../support/runs.ts";

const MASK = (1n << 64n) - 1n;
const [P1, P2, P3, P4, P5] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
];
const rotl = (x: bigint, bits: bigint): bigint => ((x << bits) | (x >> (64n - bits))) & MASK;
const round = (acc: bigint, input: bigint): bigint => (rotl((acc + input * P2) & MASK, 31n) * P1) & MASK;

/** The specification, word by word. */
function reference(bytes: Buffer): bigint {
  const lanes = [(P1 + P2) & MASK, P2, 0n, -P1 & MASK];
  let at = 0;
  for (; at + 32 <= bytes.length; at += 32) {
    for (let lane = 0; lane < 4; lane++) lanes[lane] = round(lanes[lane]!, bytes.readBigUInt64LE(at + 8 * lane));
  }
  let hash = P5;
  if (bytes.length >= 32) {
    hash = lanes.reduce((sum, lane, i) => sum + rotl(lane, [1n, 7n, 12n, 18n][i]!), 0n) & MASK;
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * P1 + P4) & MASK;
  }
  hash = (hash + BigInt(bytes.length)) & MASK;
  for (; at + 8 <= bytes.length; at += 8) {
    hash = (rotl(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * P1 + P4) & MASK;
  }
  for (; at + 4 <= bytes.length; at += 4) {
    hash = (rotl(hash ^ ((BigInt(bytes.readUInt32LE(at)) * P1) & MASK), 23n) * P2 + P3) & MASK;
  }
  for (; at < bytes.length; at++) hash = (rotl(hash ^ ((BigInt(bytes[at]!) * P5) & MASK), 11n) * P1) & MASK;
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK;
  return hash ^ (hash >> 32n);
}

describe("XXH64", () => {
  it.each([
    ["", 0xef46db3751d8e999n],
    ["a", 0xd24ec4f1a98c6e5bn],
    ["abc", 0x44bc2cf5ad770999n],
  ])("of %j is the published value", (text, expected) => {
    expect(reference(Buffer.from(text))).toBe(expected);
    const hash = new Xxh64();
    hash.update(Buffer.from(text));
    expect(hash.digestLow()).toBe(Number(expected & 0xffffffffn));
  });

  it("of any bytes in any pieces is the specification's", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 6 }), (pieces) => {
        const hash = new Xxh64();
        for (const piece of pieces) hash.update(piece);
        expect(hash.digestLow()).toBe(Number(reference(Buffer.concat(pieces)) & 0xffffffffn));
      }),
      { numRuns: runs(500) },
    );
  });
});
