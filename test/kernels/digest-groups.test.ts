// Digests by group: their bytes depend on the rows and their order alone, and memory on what each group has seen.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Arena } from "../../src/kernels/arena.ts";
import { digestBytes } from "../../src/kernels/digest-bytes.ts";
import { DigestGroups } from "../../src/kernels/digest-groups.ts";
import { finishGroups, PartCollector } from "../../src/kernels/digest-parts.ts";
import { SlotCollector } from "../../src/kernels/slot-collector.ts";
import { percentileOracle } from "../oracle/plan-oracle.ts";
import { expectArray } from "../support/expect-array.ts";
import { runs } from "../support/runs.ts";

interface Rows {
  readonly part: number;
  readonly values: Float64Array;
  /** Absent: all of `group`. */
  readonly ids: Uint32Array | undefined;
  readonly group: number;
}

const GROUPS = 5;
const ALL = Array.from({ length: GROUPS }, (_, group) => group);

/** Rows by part, with gaps as zone maps leave them; sizes on both sides of the compression and of what stays as it is. */
const rowLists: fc.Arbitrary<readonly Rows[]> = fc
  .array(fc.tuple(fc.nat(6), fc.oneof(fc.nat(1_500), fc.constant(20_000)), fc.nat(), fc.boolean()), { maxLength: 8 })
  .map((list) =>
    list
      .sort(([a], [b]) => a - b)
      .map(([part, size, seed, isOne]) => ({
        part,
        values: Float64Array.from({ length: size }, (_, i) =>
          i % 11 === 0 ? Number.NaN : i % 13 === 0 ? -0 : Math.imul(i + seed, 0x9e3779b1) % 10_007,
        ),
        ids: isOne ? undefined : Uint32Array.from({ length: size }, (_, i) => (i * i) % GROUPS),
        group: seed % GROUPS,
      })),
  );

function expectSameDigests(actual: DigestGroups, expected: DigestGroups): void {
  const found = actual.finish(ALL);
  const wanted = expected.finish(ALL);
  expect(found.length).toBe(wanted.length);
  for (const [group, digest] of wanted.entries()) expectArray(digestBytes(found[group]!), digestBytes(digest));
}

function fed(list: readonly Rows[], mostHeld?: number): DigestGroups {
  const digests = new DigestGroups(mostHeld);
  for (const { part, values, ids, group } of list) {
    digests.add(values, { ids, group, rows: { positions: undefined, count: values.length }, part }, GROUPS);
  }
  return digests;
}

describe("digests by group", () => {
  test("parts that come from elsewhere in any order, and groups that are finished elsewhere, give the same bytes", () => {
    fc.assert(
      fc.property(rowLists, fc.integer({ min: 1, max: GROUPS }), (list, width) => {
        const numbers = [...new Set(list.map(({ part }) => part))].reverse();
        const threads = numbers.map((part) => fed(list.filter((rows) => rows.part === part)).handOver());
        const absorbed = new DigestGroups();
        for (const parts of threads) absorbed.absorb(parts);
        const parts = absorbed.handOver();
        for (let from = 0; from < GROUPS; from += width) {
          for (const found of finishGroups(parts, from, from + width)) absorbed.take(found);
        }
        expectSameDigests(absorbed, fed(list));
      }),
      { numRuns: runs(6, 12) },
    );
  });

  test("it does not matter when the parts are put into their digests", () => {
    fc.assert(
      fc.property(rowLists, fc.constantFrom(0, 3_000, 50_000), (list, mostHeld) => {
        expectSameDigests(fed(list, mostHeld), fed(list));
      }),
      { numRuns: runs(6, 12) },
    );
  });

  test("agree with exact percentiles for few values, and keep the ends for many", () => {
    fc.assert(
      fc.property(rowLists, (list) => {
        const digests = fed(list).finish(ALL);
        digests.forEach((digest, group) => {
          const values = list.flatMap((one) =>
            [...one.values].filter((value, i) => (one.ids?.[i] ?? one.group) === group && !Number.isNaN(value)),
          );
          expect(digest.count).toBe(values.length);
          for (const p of values.length > 500 ? [0, 100] : [0, 37, 50, 95, 100]) {
            if (values.length === 0) expect(digest.percentile(p)).toBeNaN();
            else expect(digest.percentile(p)).toBe(percentileOracle(values, p));
          }
        });
      }),
      { numRuns: runs(6, 12) },
    );
  });

  test("take the rows of a selection, with and without ids", () => {
    const values = Float64Array.of(1, 10, Number.NaN, 3, 30, 99);
    const positions = Uint32Array.of(0, 1, 2, 3, 4);
    const grouped = new DigestGroups();
    const rows = { positions, count: 5 };
    grouped.add(values, { ids: Uint32Array.of(0, 1, 1, 0, 1, 0), rows, part: 3 }, 2);
    expect(grouped.finish([0, 1, 2]).map((digest) => digest.percentile(50))).toEqual([2, 20, Number.NaN]);
    const single = new DigestGroups();
    single.add(values, { ids: undefined, rows, part: 3 }, 1);
    expect(single.finish([0]).map((digest) => digest.percentile(100))).toEqual([30]);
    expect(values).toEqual(Float64Array.of(1, 10, Number.NaN, 3, 30, 99));
  });
});

test("parts are the same in WebAssembly's memory", () => {
  const arena = Arena.take();
  if (arena === undefined) throw new Error("no WebAssembly");
  const room = { values: arena.allocate(20_000 * 8), slots: arena.allocate(20_000 * 4) };
  const [plain, fast] = [new PartCollector(), new SlotCollector(arena, GROUPS, 200_000)];
  fc.assert(
    fc.property(rowLists, (list) => {
      for (const { values, ids, group } of list) {
        const count = values.length;
        arena.float64(room.values, count).set(values);
        if (ids !== undefined) arena.uint32(room.slots, count).set(ids);
        plain.add(values, { ids, group, rows: { positions: undefined, count } }, GROUPS);
        fast.add(room.values, { slot: ids === undefined ? group : undefined, slots: room.slots, count });
      }
      expect(fast.close(7)).toEqual(plain.close(7));
    }),
    { numRuns: runs(6, 12) },
  );
});
