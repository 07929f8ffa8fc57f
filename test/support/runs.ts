// How often property tests run: `npm run check` runs the given count, `npm run verify` multiplies it (TRACEMILL_RUNS).

const MULTIPLIER = Number(process.env["TRACEMILL_RUNS"] ?? "1");

/** `count` runs, times TRACEMILL_RUNS. */
export function runs(count: number): number {
  return Math.max(1, Math.round(count * MULTIPLIER));
}
