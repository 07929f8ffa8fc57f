// How often property tests run, and from which seed: `npm run check` runs the given count, `npm run verify` multiplies it
// (TRACEMILL_RUNS), or a larger one where that takes long. A failure prints its seed; TRACEMILL_SEED runs the same again.

const MULTIPLIER = Number(process.env["TRACEMILL_RUNS"] ?? "1");

/** `count` runs, times TRACEMILL_RUNS; a test that verify is to run more thoroughly says how often, `multiplied`, before that. */
export function runs(count: number, multiplied = count): number {
  return Math.max(1, Math.round((MULTIPLIER > 1 ? multiplied : count) * MULTIPLIER));
}

/** Seed of tests that draw more than fast-check's own values from it: another one each time, or TRACEMILL_SEED. */
export const SEED = Number(process.env["TRACEMILL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
