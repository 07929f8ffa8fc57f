// The generated fixtures: where each stands, and the options that make it again.
// To write them anew after a change of the generator: TRACEMILL_WRITE_FIXTURES=1 npx vitest run test/synth/fixture.test.ts

import { fileURLToPath } from "node:url";
import type { ExportOptions } from "../../src/synth/export.ts";

/** Absolute path of a file in fixtures/. */
export function fixturePath(relative: string): string {
  return fileURLToPath(new URL(`../../fixtures/${relative}`, import.meta.url));
}

/** Generated fixtures by their path in fixtures/. */
export const GENERATED_FIXTURES: ReadonlyMap<string, ExportOptions> = new Map([
  [
    "mlflow-v3/support-agents.jsonl",
    {
      seed: 1150,
      traces: 140,
      startMs: Date.UTC(2026, 2, 2, 9),
      days: 3 / 24,
      experiments: 2,
      apps: 6,
      maxSpans: 4,
      textScale: 0.03,
    },
  ],
]);
