// How long do approximate medians take: tracemill, DuckDB's approx_quantile and npm's tdigest, each in a process of its own,
// taking turns over the same numbers. Called by digest.ts. What must stay true: the engines agree on the median within what
// approximation allows before their times count, and the first turn of each warms up.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { DigestTurn } from "./digest-child.ts";
import type { DigestEngineName, DigestQuestion } from "./digest-engines.ts";
import { type Summary, summarize } from "./stats.ts";

/** What to time. */
export interface SpeedSettings {
  readonly values: number;
  readonly groups: number;
  readonly seed: number;
  readonly runs: number;
  readonly say: (line: string) => void;
}

/** One question on one engine. Nanoseconds a value; `cpu`: processor time of all threads, steadier on a shared machine. */
export interface SpeedResult {
  readonly engine: DigestEngineName;
  readonly threads: number;
  readonly values: number;
  readonly groups: number;
  readonly samples: readonly number[];
  readonly summary: Summary;
  readonly cpu: Summary;
}

interface Contender {
  readonly engine: DigestEngineName;
  readonly threads: number;
  readonly values: number;
}

/** npm's digest is slow, and slower a value the more of them: it gets fewer, in its favour. */
const NPM_SHARE = 20;
/** Medians of engines may differ by so much: DuckDB's digest is coarser, and npm's numbers are fewer. */
const AGREEMENT = 0.5;
const CHILD = fileURLToPath(new URL("./digest-child.ts", import.meta.url));
const HEAP_MEGABYTES = 4_096;

/** Times one group and many. Throws when an engine's median is not near tracemill's. */
export async function digestSpeed({ values, groups, seed, runs, say }: SpeedSettings): Promise<readonly SpeedResult[]> {
  const few = Math.ceil(values / NPM_SHARE);
  const contenders: readonly Contender[] = [
    { engine: "tracemill", threads: 1, values },
    { engine: "tracemill", threads: 2, values },
    { engine: "duckdb", threads: 1, values },
    { engine: "duckdb", threads: 2, values },
    { engine: "npm", threads: 1, values: few },
  ];
  const children = new Map<DigestEngineName, ChildProcess>();
  for (const { engine, values: own } of contenders) {
    if (!children.has(engine)) children.set(engine, start(engine, { values: own, groups, seed }));
  }
  const results: SpeedResult[] = [];
  try {
    for (const isGrouped of [false, true]) {
      const turns = await takeTurns(contenders, { children, isGrouped, runs });
      const found = contenders.map((contender, at) => resultOf(contender, isGrouped ? groups : 1, turns[at] ?? []));
      for (const line of linesOf(found)) say(line);
      results.push(...found);
    }
  } finally {
    for (const child of children.values()) child.disconnect();
  }
  return results;
}

function start(engine: DigestEngineName, data: object): ChildProcess {
  return fork(CHILD, [engine, JSON.stringify(data)], {
    execArgv: [...process.execArgv, `--max-old-space-size=${HEAP_MEGABYTES}`],
  });
}

function ask(child: ChildProcess | undefined, question: DigestQuestion): Promise<DigestTurn> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`the engine ended with exit code ${code}`));
    child?.once("exit", ended);
    child?.once("message", (turn) => {
      child.off("exit", ended);
      resolve(turn as DigestTurn);
    });
    child?.send(question);
  });
}

async function takeTurns(
  contenders: readonly Contender[],
  how: {
    readonly children: ReadonlyMap<DigestEngineName, ChildProcess>;
    readonly isGrouped: boolean;
    readonly runs: number;
  },
): Promise<readonly (readonly DigestTurn[])[]> {
  const turns: DigestTurn[][] = contenders.map(() => []);
  for (let run = 0; run <= how.runs; run += 1) {
    let own: number | undefined;
    for (const [at, { engine, threads }] of contenders.entries()) {
      const turn = await ask(how.children.get(engine), { isGrouped: how.isGrouped, threads });
      own ??= turn.median;
      if (!(Math.abs(turn.median / own - 1) < AGREEMENT)) throw new Error(`${engine}: ${turn.median} for ${own}`);
      if (run > 0) turns[at]?.push(turn);
    }
  }
  return turns;
}

function resultOf(contender: Contender, groups: number, turns: readonly DigestTurn[]): SpeedResult {
  const perValue = (milliseconds: number): number => (milliseconds * 1e6) / contender.values;
  const samples = turns.map(({ milliseconds }) => perValue(milliseconds));
  const cpu = summarize(turns.map(({ cpuMilliseconds }) => perValue(cpuMilliseconds)));
  return { ...contender, groups, samples, summary: summarize(samples), cpu };
}

/** Each rival beside tracemill on as many threads. */
function linesOf(results: readonly SpeedResult[]): readonly string[] {
  return results.map(({ engine, threads, groups, summary, cpu }) => {
    const own = results.find((one) => one.engine === "tracemill" && one.threads === threads);
    const times = summary.median / (own?.summary.median ?? Number.NaN);
    const name = `${groups === 1 ? "one group" : `${groups} groups`}, ${engine}, ${threads} threads`;
    return `${name.padEnd(36)} ${summary.median.toFixed(1).padStart(8)} ns a value (x${times.toFixed(2)}; cpu ${cpu.median.toFixed(1)})`;
  });
}
