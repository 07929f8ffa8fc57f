// How often property tests run, and from which seed: `npm run check` runs the given count, `npm run verify` multiplies it
// (TRACEMILL_RUNS). A failure prints its seed; TRACEMILL_SEED runs the same again.

const MULTIPLIER = Number(process.env["TRACEMILL_RUNS"] ?? "1");

/** `count` runs, times TRACEMILL_RUNS. */
export function runs(count: number): number {
  return Math.max(1, Math.round(count * MULTIPLIER));
}

/** Seed of tests that draw more than fast-check's own values from it: another one each time, or TRACEMILL_SEED. */
export const SEED = Number(process.env["TRACEMILL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
