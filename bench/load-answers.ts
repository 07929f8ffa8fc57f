// What every engine of the load bench answers about the file it loaded, and the check that they agree.
// Called by load.ts and the engines. What must stay true: no engine is timed whose answers differ.

/** Answers about a loaded export. */
export interface Answers {
  readonly traces: number;
  readonly spans: number;
  readonly assessments: number;
  /** Sum of the traces' total tokens. */
  readonly totalTokens: number;
  /** 95th percentile of the traces' latency in ms, interpolated linearly (type 7). */
  readonly p95Ms: number;
}

/** One load by one engine, in a process of its own. */
export interface LoadSample {
  readonly answers: Answers;
  /** From the first read to the last table, without the answers. */
  readonly seconds: number;
  /** Resident memory before the load and at its peak, the runtime included. */
  readonly baselineRssBytes: number;
  readonly peakRssBytes: number;
}

/** Loads one file; returns seconds and answers. */
export type LoadEngine = (path: string) => Promise<Pick<LoadSample, "answers" | "seconds">>;

const RELATIVE_TOLERANCE = 1e-9;

/** The fields in which two answers differ; percentiles may differ in the last digits. */
export function differences(a: Answers, b: Answers): readonly string[] {
  const fields = Object.keys(a) as (keyof Answers)[];
  return fields.flatMap((field) => {
    const [x, y] = [a[field], b[field]];
    const tolerance = field === "p95Ms" ? RELATIVE_TOLERANCE * Math.abs(x) : 0;
    return Math.abs(x - y) <= tolerance ? [] : [`${field}: ${x} and ${y}`];
  });
}
