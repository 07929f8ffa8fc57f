// What every engine of the load bench answers about the file it loaded, and the check that they agree.
// Called by load.ts, measure-loads.ts and the engines. What must stay true: no engine is timed whose answers differ, or
// whose columns do.

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

/** What is compared of a column: values that are there; the sum of numbers, or how many texts are distinct. */
export interface ColumnCheck {
  readonly present: number;
  readonly sum?: number;
  readonly distinct?: number;
}

/** By column, such as `spans.duration_ms` and `traces.tag.env`, in the order of their names. */
export type Checks = Readonly<Record<string, ColumnCheck>>;

/** One load. */
export interface Load {
  readonly answers: Answers;
  /** From the first read to the last table, without the answers. */
  readonly seconds: number;
}

/** One load by one engine, with the memory of its process. */
export interface LoadSample extends Load {
  /** Resident memory before the process's first load and at its peak, the runtime included. */
  readonly baselineRssBytes: number;
  readonly peakRssBytes: number;
}

/** Loads files. */
export interface LoadEngine {
  /** Loads a file in place of what the engine holds, which it has let go before time counts. */
  load(path: string): Promise<Load>;
  /** What the columns hold that the last load made; undefined for an engine that makes none. */
  checks(): Promise<Checks | undefined>;
}

const RELATIVE_TOLERANCE = 1e-9;

/** The fields in which two answers differ; percentiles may differ in the last digits. */
export function differences(a: Answers, b: Answers): readonly string[] {
  const fields = Object.keys(a) as (keyof Answers)[];
  return fields.flatMap((field) => {
    const [x, y] = [a[field], b[field]];
    return same(x, y, field === "p95Ms" ? RELATIVE_TOLERANCE : 0) ? [] : [`${field}: ${x} and ${y}`];
  });
}

/** The columns in which two checks differ; sums may differ in the last digits. */
export function checkDifferences(a: Checks, b: Checks): readonly string[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.flatMap((name) => {
    const [x, y] = [a[name], b[name]];
    const isSame =
      x?.present === y?.present &&
      x?.distinct === y?.distinct &&
      (x?.sum === y?.sum || same(x?.sum ?? Number.NaN, y?.sum ?? Number.NaN, RELATIVE_TOLERANCE));
    return isSame ? [] : [`${name}: ${JSON.stringify(x)} and ${JSON.stringify(y)}`];
  });
}

function same(x: number, y: number, tolerance: number): boolean {
  return Math.abs(x - y) <= tolerance * Math.abs(x);
}
