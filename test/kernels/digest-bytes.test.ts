// Digests as bytes: a round trip keeps every byte, and no hostile bytes become a digest that breaks its promises.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { COMPRESSION } from "../../src/kernels/centroids.ts";
import { digestBytes, digestOfBytes } from "../../src/kernels/digest-bytes.ts";
import { TDigest } from "../../src/kernels/tdigest.ts";
import { expectArray } from "../support/expect-array.ts";
import { runs } from "../support/runs.ts";

function digestOf(count: number, valueAt: (i: number) => number): TDigest {
  const digest = new TDigest();
  for (let i = 0; i < count; i += 1) digest.add(valueAt(i));
  return digest;
}

const digests = fc
  .tuple(fc.oneof(fc.nat(20), fc.nat(4_000)), fc.integer(), fc.double({ noNaN: true }))
  .map(([count, seed, scale]) => digestOf(count, (i) => (Math.imul(i + seed, 0x9e3779b1) >> 8) * scale));

describe("digest bytes", () => {
  test("round trip", () => {
    fc.assert(
      fc.property(digests, (digest) => {
        const bytes = digestBytes(digest);
        const read = digestOfBytes(bytes);
        expectArray(digestBytes(read), bytes);
        expect([read.count, read.isWide, read.percentile(37)]).toEqual([
          digest.count,
          digest.isWide,
          digest.percentile(37),
        ]);
      }),
      { numRuns: runs(100, 200) },
    );
  });

  test("changed, cut and lengthened bytes are refused, or are a digest that keeps its promises", () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat(255), cut: fc.option(fc.nat(), { freq: 3 }) });
    fc.assert(
      fc.property(digests, fc.array(change, { minLength: 1, maxLength: 3 }), (digest, changes) => {
        let bytes = Uint8Array.from(digestBytes(digest));
        for (const { at, to, cut } of changes) {
          bytes[at % bytes.length] = to;
          if (cut !== null) bytes = bytes.slice(0, cut % bytes.length || 1);
        }
        try {
          const read = digestOfBytes(bytes);
          expect(read.centroids().means.length).toBeLessThanOrEqual(COMPRESSION);
          expectArray(digestBytes(read), bytes);
        } catch (error) {
          expect(error instanceof EngineError && error.code).toBe("E_DIGEST_INVALID");
        }
      }),
      { numRuns: runs(500, 1_000) },
    );
  });

  const filled = digestBytes(digestOf(3_000, (i) => i + 1));
  const changed = (change: (view: DataView) => void): Uint8Array => {
    const bytes = Uint8Array.from(filled);
    change(new DataView(bytes.buffer));
    return bytes;
  };
  const size = new DataView(filled.buffer).getUint32(12, true);

  test.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(0), /cut after 0 bytes/],
    ["a cut one", filled.slice(0, -1), /bytes for/],
    ["one with more behind it", Uint8Array.from([...filled, 0]), /bytes for/],
    ["something else", changed((view) => view.setUint32(0, 1)), /no digest/],
    ["a later version", changed((view) => view.setUint16(4, 2, true)), /version 2; this reads 1/],
    ["flags of a later version", changed((view) => view.setUint16(6, 4, true)), /unknown flags/],
    ["another compression", changed((view) => view.setUint32(8, 100, true)), /compression 100/],
    ["too many centroids", changed((view) => view.setUint32(12, 2 ** 31, true)), /2147483648 centroids/],
    ["a wrong count", changed((view) => view.setFloat64(16, 2_999, true)), /count 2999/],
    ["a mean that is NaN", changed((view) => view.setFloat64(40, Number.NaN, true)), /mean 1/],
    ["means out of order", changed((view) => view.setFloat64(40, 0, true)), /mean 1 is below/],
    ["a weight of 0", changed((view) => view.setFloat64(40 + size * 8, 0, true)), /weight 1 is 0/],
    ["a weight of a half", changed((view) => view.setFloat64(40 + size * 8, 0.5, true)), /weight 1 is 0.5/],
    ["a heavy end", changed((view) => view.setFloat64(32 + size * 8, 2, true)), /an end is not exact/],
    ["a wrong smallest magnitude", changed((view) => view.setFloat64(24, 0.5, true)), /smallest magnitude 0.5/],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => digestOfBytes(bytes)).toThrow(expect.objectContaining({ code: "E_DIGEST_INVALID" }));
    expect(() => digestOfBytes(bytes)).toThrow(message);
  });
});
