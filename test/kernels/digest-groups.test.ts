// Digests by group: their bytes depend on the rows and their order alone, and memory on what each group has seen.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestBytes } from "../../src/kernels/digest-bytes.ts";
import { condenseStripe, DigestGroups, STRIPE_BLOCKS, stripeOf } from "../../src/kernels/digest-groups.ts";
import type { ValueChunk } from "../../src/kernels/quantile.ts";
import { percentileOracle } from "../oracle/plan-oracle.ts";
import { runs } from "../support/runs.ts";

interface Block {
  readonly block: number;
  readonly values: Float64Array;
  readonly ids: Uint32Array;
}

const GROUPS = 5;

/** Blocks with gaps between their numbers, as zone maps leave them; sizes on both sides of the compression. */
const blocks: fc.Arbitrary<readonly Block[]> = fc
  .array(fc.tuple(fc.nat(3 * STRIPE_BLOCKS), fc.nat(1_500), fc.nat()), { maxLength: 12 })
  .map((list) => {
    const sizes = new Map(list.map(([block, size, seed]) => [block, { size, seed }]));
    return [...sizes]
      .sort(([a], [b]) => a - b)
      .map(([block, { size, seed }]) => ({
        block,
        values: Float64Array.from({ length: size }, (_, i) =>
          i % 11 === 0 ? Number.NaN : Math.imul(i + seed, 0x9e3779b1) % 10_007,
        ),
        ids: Uint32Array.from({ length: size }, (_, i) => (i * i) % GROUPS),
      }));
  });

function bytesOf(digests: DigestGroups): Uint8Array[] {
  return digests.finish(GROUPS).map(digestBytes);
}

function fed(list: readonly Block[]): DigestGroups {
  const digests = new DigestGroups();
  for (const { block, values, ids } of list) {
    digests.add(values, { ids, rows: { positions: undefined, count: values.length }, block, stable: false }, GROUPS);
  }
  return digests;
}

describe("digests by group", () => {
  test("stripes that are condensed elsewhere, and absorbed in order, give the same bytes", () => {
    fc.assert(
      fc.property(blocks, (list) => {
        const stripes = new Map<number, ValueChunk[]>();
        for (const { block, values, ids } of list) {
          const stripe = stripes.get(stripeOf(block)) ?? [];
          stripes.set(stripeOf(block), [...stripe, { values, ids }]);
        }
        // The last stripe first, as a faster thread might; absorbed in order.
        const parts = [...stripes]
          .reverse()
          .map(([stripe, chunks]) => ({ stripe, found: [...condenseStripe(chunks, GROUPS)] }));
        const absorbed = new DigestGroups();
        for (const { found } of parts.reverse()) for (const part of found) absorbed.absorb(part);
        expect(bytesOf(absorbed)).toEqual(bytesOf(fed(list)));
      }),
      { numRuns: runs(12) },
    );
  });

  test("agree with exact percentiles for few values, and keep the ends for many", () => {
    fc.assert(
      fc.property(blocks, (list) => {
        const digests = fed(list).finish(GROUPS);
        digests.forEach((digest, group) => {
          const values = list.flatMap((one) =>
            [...one.values].filter((value, i) => one.ids[i] === group && !Number.isNaN(value)),
          );
          expect(digest.count).toBe(values.length);
          for (const p of values.length > 500 ? [0, 100] : [0, 37, 50, 95, 100]) {
            if (values.length === 0) expect(digest.percentile(p)).toBeNaN();
            else expect(digest.percentile(p)).toBe(percentileOracle(values, p));
          }
        });
      }),
      { numRuns: runs(12) },
    );
  });

  test("take the rows of a selection, with and without ids", () => {
    const values = Float64Array.of(1, 10, Number.NaN, 3, 30, 99);
    const positions = Uint32Array.of(0, 1, 2, 3, 4);
    const grouped = new DigestGroups();
    const rows = { positions, count: 5 };
    grouped.add(values, { ids: Uint32Array.of(0, 1, 1, 0, 1, 0), rows, block: 3, stable: false }, 2);
    expect(grouped.finish(3).map((digest) => digest.percentile(50))).toEqual([2, 20, Number.NaN]);
    const single = new DigestGroups();
    single.add(values, { ids: undefined, rows, block: 3, stable: true }, 1);
    expect(single.finish(1).map((digest) => digest.percentile(100))).toEqual([30]);
    expect(values).toEqual(Float64Array.of(1, 10, Number.NaN, 3, 30, 99));
  });
});
