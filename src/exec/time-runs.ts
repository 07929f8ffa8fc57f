// Runs of rows whose times share a bucket, known without looking at the times: exports come mostly in the order of time,
// so that a block of some hours has few places where the hour changes.
// Called by group-keys.ts for each batch. What must stay true: a code is given only where every row of the stretch has
// it. Rows without a time have left before.

import type { Stretch } from "../kernels/block-memory.ts";
import type { Selection } from "../kernels/select.ts";
import { bucketNumber } from "../kernels/time-bucket.ts";
import type { Batch } from "./batch.ts";
import { GRANULE_ROWS, granulesOf } from "./granules.ts";
import type { NumberSource } from "./numbers.ts";

/** The runs of a batch. */
export interface TimeRuns {
  /** The bucket code of a stretch of some rows of the batch, where they are known to share one. */
  code(piece: Stretch & { readonly rows: Selection }): number | undefined;
  /** Before which row of the batch a stretch from `from` on should end: the bucket changes there, or what is known of it. */
  end(from: number): number;
}

/** Code of granules that hold several buckets, or no time. */
const MIXED = -1;
/** More runs than so many in a block cost more than they save. */
const MOST_RUNS = 48;

/** Times in buckets of `width` ms, numbered from `first` on. */
export interface BucketedTimes {
  readonly source: NumberSource;
  readonly width: number;
  readonly first: number;
}

/** The runs of a batch by a bucket of times; undefined where the times are not a column's own. */
export function timeRuns({ source, width, first }: BucketedTimes, batch: Batch): TimeRuns | undefined {
  const values = source.column?.blocks[batch.block]?.values;
  if (values === undefined) return undefined;
  const { mins, maxs } = granulesOf(values);
  const codes = new Int32Array(mins.length);
  let runs = 1;
  for (let granule = 0; granule < codes.length; granule += 1) {
    const code = bucketNumber(mins[granule]!, width) - first;
    codes[granule] = code === bucketNumber(maxs[granule]!, width) - first ? code : MIXED;
    runs += Number(granule > 0 && codes[granule] !== codes[granule - 1]);
  }
  return {
    code({ from, to, rows: { positions } }) {
      const start = granuleOf(positions?.[from] ?? from);
      const last = granuleOf(positions?.[to - 1] ?? to - 1);
      const code = codes[start]!;
      for (let granule = start + 1; granule <= last; granule += 1) if (codes[granule] !== code) return undefined;
      return code === MIXED ? undefined : code;
    },
    end(from) {
      if (batch.rows.positions !== undefined || runs > MOST_RUNS) return batch.length;
      let granule = granuleOf(from);
      const code = codes[granule];
      while (granule < codes.length && codes[granule] === code) granule += 1;
      return Math.min(batch.length, granule * GRANULE_ROWS);
    },
  };
}

function granuleOf(row: number): number {
  return Math.floor(row / GRANULE_ROWS);
}
