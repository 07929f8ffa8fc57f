// The load bench's floor: JSON.parse of each line, nothing kept but counters. Called by load-child.ts.
// It makes no columns and rounds nanoseconds; it is what a program pays that only looks at each trace once.
// Also measures the longest line of a file, which DuckDB needs to know.

import { closeSync, openSync, readSync } from "node:fs";
import type { Load, LoadEngine } from "./load-answers.ts";

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;
const P95 = 0.95;

interface Line {
  readonly info: {
    readonly execution_duration_ms?: number;
    readonly trace_metadata: Readonly<Record<string, string>>;
    readonly assessments?: readonly unknown[];
  };
  readonly data: { readonly spans: readonly unknown[] };
}

/** Calls `take` with every line of the file, without its end; the bytes are valid during the call. */
export function eachLine(path: string, take: (bytes: Buffer, start: number, end: number) => void): void {
  const file = openSync(path, "r");
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let held = 0;
  for (;;) {
    if (held === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
    const read = readSync(file, buffer, held, buffer.length - held, null);
    if (read === 0) break;
    const filled = held + read;
    let start = 0;
    for (let end = indexOfNewline(buffer, held, filled); end >= 0; end = indexOfNewline(buffer, start, filled)) {
      take(buffer, start, end);
      start = end + 1;
    }
    buffer.copyWithin(0, start, filled);
    held = filled - start;
  }
  if (held > 0) take(buffer, 0, held);
  closeSync(file);
}

function indexOfNewline(buffer: Buffer, from: number, to: number): number {
  const found = buffer.indexOf(NEWLINE, from);
  return found < to ? found : -1;
}

/** Bytes of the longest line. */
export function longestLine(path: string): number {
  let longest = 0;
  eachLine(path, (_, start, end) => {
    longest = Math.max(longest, end - start);
  });
  return longest;
}

/** JSON.parse a line, nothing kept. */
export const jsonParseEngine: LoadEngine = {
  load: async (path) => parseLines(path),
  checks: async () => undefined,
};

function parseLines(path: string): Load {
  let [traces, spans, assessments, totalTokens] = [0, 0, 0, 0];
  const latencies: number[] = [];
  const started = performance.now();
  eachLine(path, (bytes, start, end) => {
    const { info, data } = JSON.parse(bytes.toString("utf8", start, end)) as Line;
    traces += 1;
    spans += data.spans.length;
    assessments += info.assessments?.length ?? 0;
    const usage = info.trace_metadata["mlflow.trace.tokenUsage"];
    if (usage !== undefined) totalTokens += (JSON.parse(usage) as { readonly total_tokens: number }).total_tokens;
    if (info.execution_duration_ms !== undefined) latencies.push(info.execution_duration_ms);
  });
  const seconds = (performance.now() - started) / 1000;
  return { seconds, answers: { traces, spans, assessments, totalTokens, p95Ms: percentile(latencies, P95) } };
}

/** Type 7: linear between the two nearest ranks. */
function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * share;
  const low = Math.floor(position);
  const [below, above] = [sorted[low] as number, sorted[Math.min(low + 1, sorted.length - 1)] as number];
  return below + (above - below) * (position - low);
}
