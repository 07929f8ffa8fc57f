// How does the cost of grouping grow with rows, groups and threads? Count and average by one text key, sorted, the first
// 1,000 groups given, as the API does. Called by run.ts as `growth`. Each number of rows runs in a process of its own, where
// every answer is compared with a plain recount before it is timed.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { formatBytes, formatCount } from "../src/index.ts";
import { linePlot } from "./plot.ts";
import type { BenchResult } from "./record.ts";
import { type Summary, summarize } from "./stats.ts";

/** What to run. */
export interface GrowthSettings {
  /** Most rows; smaller sizes run too. */
  readonly traces: number;
  readonly seed: number;
  /** Timed turns of each cell. */
  readonly runs: number;
  /** Each number of threads from one to this is measured. */
  readonly threads: number;
  /** Prints one line of progress. */
  readonly say: (line: string) => void;
}

/** What a process is started for. */
export interface GrowthJob {
  readonly rows: number;
  readonly seed: number;
  readonly runs: number;
  readonly threads: readonly number[];
  /** Groups that an answer gives at most. */
  readonly maxResults: number;
}

/** One cell of the table. */
export interface GrowthCell {
  readonly rows: number;
  /** Asked for, and found among the rows. */
  readonly groups: number;
  readonly found: number;
  readonly threads: number;
  /** Milliseconds. */
  readonly samples: readonly number[];
}

/** What a process sends: each cell when it is measured, then its peak memory. */
export type GrowthReply = { readonly cell: GrowthCell } | { readonly peakRssBytes: number };

/** Keys of 10 to 5,000,000 distinct texts: the column that holds them, and the dimension that names it. */
export const DIMENSIONS = [
  { groups: 10, column: "state", dimension: "trace_status" },
  { groups: 1_000, column: "trace_name", dimension: "trace_name" },
  { groups: 100_000, column: "user", dimension: "user" },
  { groups: 5_000_000, column: "session", dimension: "session" },
] as const;

const ROWS = [100_000, 1_000_000, 10_000_000, 30_000_000];
const MOST_GROUPS = 1_000;
const HEAP_MEGABYTES = 4_096;
const CHILD = fileURLToPath(new URL("./growth-child.ts", import.meta.url));

/** Runs the bench. Throws when an answer differs from its recount. */
export async function runGrowth({ traces, seed, runs, threads, say }: GrowthSettings): Promise<BenchResult> {
  const counts = Array.from({ length: threads }, (_, i) => i + 1);
  const cells: (GrowthCell & { readonly milliseconds: Summary })[] = [];
  const peaks: { readonly rows: number; readonly peakRssBytes: number }[] = [];
  for (const rows of ROWS.filter((size) => size <= traces)) {
    const job = { rows, seed, runs, threads: counts, maxResults: MOST_GROUPS };
    const peakRssBytes = await runChild(job, (cell) => {
      const measured = { ...cell, milliseconds: summarize(cell.samples) };
      cells.push(measured);
      say(lineOf(measured));
    });
    peaks.push({ rows, peakRssBytes });
    say(`${formatCount(rows)} rows: peak memory ${formatBytes(peakRssBytes)}`);
  }
  const shown = cells.map(({ rows, groups, threads: used, milliseconds }) => ({
    rows,
    groups,
    threads: used,
    median: milliseconds.median,
  }));
  return {
    bench: "growth",
    question: "How does the cost of grouping grow with rows, groups and threads?",
    details: { settings: { traces, seed, runs, threads: counts }, cells, peaks },
    files: { md: growthTable(shown), svg: growthPlot(shown) },
  };
}

/** Median milliseconds of a cell. */
export interface GrowthMedian {
  readonly rows: number;
  readonly groups: number;
  readonly threads: number;
  readonly median: number;
}

/** A Markdown table: a line for each number of rows and threads, a column for each number of groups. */
export function growthTable(cells: readonly GrowthMedian[]): string {
  const groups = [...new Set(cells.map((cell) => cell.groups))];
  const lines = [...new Set(cells.map(({ rows, threads }) => `${rows} ${threads}`))].map((key) => {
    const [rows = 0, threads = 0] = key.split(" ").map(Number);
    const own = groups.map((count) => {
      const cell = cells.find((one) => one.rows === rows && one.threads === threads && one.groups === count);
      return cell === undefined ? "" : `${cell.median.toFixed(1)} (${((cell.median * 1e6) / rows).toFixed(1)})`;
    });
    return `| ${[formatCount(rows), String(threads), ...own].join(" | ")} |`;
  });
  return [
    "Median milliseconds, and nanoseconds a row in brackets: count and average by one text key, the first 1,000 groups in its order. Nothing where groups would be more than rows.",
    "",
    `| rows | threads | ${groups.map((count) => `${formatCount(count)} groups`).join(" | ")} |`,
    `|${" ---: |".repeat(groups.length + 2)}`,
    ...lines,
    "",
  ].join("\n");
}

/** Milliseconds over rows, a line for each number of groups; the second thread's dashed. */
export function growthPlot(cells: readonly GrowthMedian[]): string {
  const keys = [...new Set(cells.map(({ groups, threads }) => `${groups} ${threads}`))];
  const series = keys.map((key) => {
    const [groups = 0, threads = 0] = key.split(" ").map(Number);
    const own = cells.filter((cell) => cell.groups === groups && cell.threads === threads);
    return {
      name: `${formatCount(groups)} groups`,
      points: own.map(({ rows, median }) => [rows, median] as const),
      dashed: threads > 1,
    };
  });
  return linePlot({
    title: "Count and average of a number by one text key",
    xLabel: "rows",
    yLabel: "milliseconds",
    styles: ["1 thread", "2 threads"],
    guide: "in proportion to rows",
    series,
  });
}

/** Runs one size; gives its peak memory in bytes. */
function runChild(job: GrowthJob, onCell: (cell: GrowthCell) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, [JSON.stringify(job)], {
      execArgv: [...process.execArgv, `--max-old-space-size=${HEAP_MEGABYTES}`],
    });
    let peakRssBytes: number | undefined;
    child.on("message", (message) => {
      const reply = message as GrowthReply;
      if ("cell" in reply) onCell(reply.cell);
      else peakRssBytes = reply.peakRssBytes;
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (peakRssBytes === undefined) reject(new Error(`${job.rows} rows ended with exit code ${code}`));
      else resolve(peakRssBytes);
    });
  });
}

function lineOf({
  rows,
  groups,
  found,
  threads,
  milliseconds,
}: GrowthCell & { readonly milliseconds: Summary }): string {
  const place = `${formatCount(rows).padStart(10)} rows, ${formatCount(groups).padStart(9)} groups (${formatCount(found)} found)`;
  return `${place}, ${threads} thread${threads === 1 ? "" : "s"}: ${milliseconds.median.toFixed(1)} ms`;
}
