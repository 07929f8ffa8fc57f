// Measures loads of files by engines: in processes that have loaded before (`warm`), which take turns, and in a process of
// its own for each load (`first`). Called by load.ts and rates.ts.
// What must stay true: all loads of the same traces give the same answers, and all that make columns the same columns,
// before any load is timed.

import { type Answers, type Checks, checkDifferences, differences, type LoadSample } from "./load-answers.ts";
import { buildLoadProgram, type LoadJob, LoadProcess, loadOnce } from "./load-process.ts";
import { warmPageCache } from "./page-cache.ts";
import { type Summary, summarize } from "./stats.ts";

/** A load to measure. */
export interface LoadSubject {
  readonly name: string;
  readonly job: LoadJob;
  /** Of its text, when it is compressed. */
  readonly textBytes: number;
}

/** How often, and in which processes. */
export interface MeasureOptions {
  /** Timed loads of each subject, warm and first. */
  readonly runs: number;
  /** False: first loads alone. */
  readonly warm: boolean;
  readonly say: (line: string) => void;
}

/** Loads of one subject in processes of one kind. */
export interface LoadFigures {
  readonly samples: readonly { readonly seconds: number; readonly peakRssBytes: number }[];
  readonly seconds: Summary;
  readonly megabytesPerSecond: Summary;
  readonly peakRssBytes: Summary;
}

/** What was measured of a subject. */
export interface MeasuredLoad {
  readonly name: string;
  /** The first load of a process: the code is new to the runtime. Starting the process does not count. */
  readonly first: LoadFigures;
  /** A load of a process that has loaded WARM_UPS times. */
  readonly warm?: LoadFigures;
  /** Before the first load. */
  readonly baselineRssBytes: number;
}

/** What all loads agree on. */
export interface Agreed {
  readonly answers: Answers;
  readonly checks: Checks | undefined;
}

const MEGABYTE = 1e6;
/** Loads of a warm process that are not timed: the runtime goes on compiling for some of them, and all engines get as many. */
const WARM_UPS = 4;

/** Measures the subjects, all of them loads of the same traces. Throws when two answer differently. */
export async function measureLoads(
  subjects: readonly LoadSubject[],
  options: MeasureOptions,
): Promise<{ readonly agreed: Agreed; readonly loads: readonly MeasuredLoad[] }> {
  await buildLoadProgram();
  const agreement = new Agreement();
  const warm = await measureWarm(subjects, options, agreement);
  const first = subjects.map((): LoadSample[] => []);
  for (let run = 1; run <= options.runs; run += 1) {
    for (const [at, { name, job }] of subjects.entries()) {
      warmPageCache(job.path);
      const sample = await loadOnce(job);
      agreement.meet(name, sample.answers);
      first[at]?.push(sample);
    }
    options.say(`first load ${run}/${options.runs}`);
  }
  const loads = subjects.map(({ name, textBytes }, at) => {
    const [own, later] = [first[at] ?? [], warm[at] ?? []];
    return {
      name,
      baselineRssBytes: Math.min(...own.map((sample) => sample.baselineRssBytes)),
      first: figuresOf(own, textBytes),
      ...(later.length === 0 ? {} : { warm: figuresOf(later, textBytes) }),
    };
  });
  return { agreed: agreement.agreed, loads };
}

/**
 * The first turns are not timed: they check, warm up, and leave the file in the page cache. Without `warm` there is no other
 * than the first.
 */
async function measureWarm(
  subjects: readonly LoadSubject[],
  { runs, warm, say }: MeasureOptions,
  agreement: Agreement,
): Promise<readonly (readonly LoadSample[])[]> {
  const started = subjects.map(({ name, job }) => ({
    name,
    path: job.path,
    process: new LoadProcess(job),
    samples: [] as LoadSample[],
  }));
  for (const { name, process } of started) {
    const { answers } = await process.load();
    agreement.meet(name, answers, await process.checks());
  }
  say(`answers agree: ${JSON.stringify(agreement.agreed.answers)}`);
  // In turns too: what an engine keeps for its next load, threads and memory, it keeps for half a minute, and the others take longer.
  for (let turn = 1; warm && turn < WARM_UPS; turn += 1) for (const { process } of started) await process.load();
  for (let run = 1; warm && run <= runs; run += 1) {
    for (const { name, path, process, samples } of started) {
      warmPageCache(path);
      const sample = await process.load();
      agreement.meet(name, sample.answers);
      samples.push(sample);
    }
    say(`warm load ${run}/${runs}`);
  }
  for (const { process } of started) await process.end();
  return started.map(({ samples }) => samples);
}

/** What the loads so far agree on. */
class Agreement {
  #answers: { readonly name: string; readonly answers: Answers } | undefined;
  #checks: { readonly name: string; readonly checks: Checks } | undefined;

  /** Throws where they part. */
  meet(name: string, answers: Answers, checks?: Checks): void {
    this.#answers ??= { name, answers };
    const found = [...differences(this.#answers.answers, answers)];
    if (checks !== undefined) {
      this.#checks ??= { name, checks };
      found.push(...checkDifferences(this.#checks.checks, checks));
    }
    if (found.length > 0) throw new Error(`${this.#answers.name} and ${name} answer differently: ${found.join("; ")}`);
  }

  get agreed(): Agreed {
    if (this.#answers === undefined) throw new Error("nothing to load");
    return { answers: this.#answers.answers, checks: this.#checks?.checks };
  }
}

function figuresOf(samples: readonly LoadSample[], textBytes: number): LoadFigures {
  return {
    samples: samples.map(({ seconds, peakRssBytes }) => ({ seconds, peakRssBytes })),
    seconds: summarize(samples.map(({ seconds }) => seconds)),
    megabytesPerSecond: summarize(samples.map(({ seconds }) => textBytes / MEGABYTE / seconds)),
    peakRssBytes: summarize(samples.map(({ peakRssBytes }) => peakRssBytes)),
  };
}
