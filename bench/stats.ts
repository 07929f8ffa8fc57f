// Median and spread of repeated measurements. Called by the benches and by record.ts.

/** What is said of the samples of one figure. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** (max - min) / median: how far the runs lie apart. */
  readonly spread: number;
}

/** Sums up samples; there is at least one. The median of an even number is the mean of the middle two. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = Float64Array.from(samples).sort();
  const count = sorted.length;
  const at = (index: number): number => sorted[index] as number;
  const median = (at((count - 1) >> 1) + at(count >> 1)) / 2;
  const [min, max] = [at(0), at(count - 1)];
  return { median, min, max, spread: median === 0 ? 0 : (max - min) / median };
}
