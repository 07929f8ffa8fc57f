// Files of mutated records and good ones between them, read by the walker and by the interpreter: the same tables to the last
// byte, the same rejects, the same report or the same error. G2 for whole loads: chunks of any size, any projection,
// dictionaries of more than 2,048 entries, line breaks of every kind, limits, several files, plain files, threads.
// A million mutated records take about a quarter of an hour on one core:
//   TRACEMILL_RUNS=1000 npx vitest run test/ingest/mutated-files.test.ts --testTimeout=3600000
// A failure names the seed that makes the file at fault the first one, and the fewest of its lines that still fail.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, expect, it } from "vitest";
import { resolveLimits } from "../../src/base/limits.ts";
import { ALL_COLUMNS, type Projection, projectionOf } from "../../src/columns/projection.ts";
import { KEY_FAMILIES, SCHEMA, type TableName } from "../../src/columns/schema.ts";
import type { Dataset } from "../../src/columns/table.ts";
import type { Source } from "../../src/ingest/byte-source.ts";
import type { LoadOptions } from "../../src/ingest/load.ts";
import { ProgramRunner } from "../../src/ingest/run-program.ts";
import { expandSources, memorySource } from "../../src/ingest/sources.ts";
import { runs, SEED } from "../support/runs.ts";
import { Chance, RecordMutator } from "./mutated-records.ts";
import { fakeThreads } from "./outcomes.ts";
import { loadOptions, resultOf } from "./rows.ts";
import { datasetDifference } from "./same-datasets.ts";
import { numberedRecord, smallRecords } from "./small-records.ts";

/** Mutated records of all loads together. */
const MUTATED = runs(1_000);
const USUAL_RECORDS = 250;
const NUMBERED = 150;
/** More than the 2,048 that a dictionary's first table holds, when a part of them is rejected too. */
const CROWDED_RECORDS = 5_000;
const CROWDED_ENTRIES = 2_048;
const CHUNKS = [64, 777, 4_096, 65_536, 2 ** 20, 2 ** 24];
const BREAKS = ["\n", "\n", "\n", "\r\n", "\n\n", " \n\t"];
const TABLES: readonly TableName[] = ["traces", "spans", "assessments"];
const NAMES = [
  ...TABLES.flatMap((table) => [
    ...SCHEMA[table].map(({ name }) => `${table}.${name}`),
    ...KEY_FAMILIES[table].map((family) => `${table}.${family}.*`),
  ]),
  ...["traces.tag.env", "traces.tag.key 7", "traces.metadata.long", "spans.attributes.temperature"],
];
/** Characters of lines that a failure shows. */
const SHOWN = 4_000;

const folder = mkdtempSync(join(tmpdir(), "tracemill-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How the lines of a file are loaded, both times. */
interface Case {
  readonly lines: readonly Buffer[];
  readonly isCrowded: boolean;
  readonly mutated: number;
  readonly options: LoadOptions;
  /** Of the fast load alone. */
  readonly threads: number;
  readonly sources: (lines: readonly Buffer[]) => Promise<readonly Source[]>;
}

function projection(chance: Chance): Projection {
  if (chance.once(2)) return ALL_COLUMNS;
  const most = chance.of([1, 3, 10, 60]);
  return projectionOf(Array.from({ length: 1 + chance.below(most) }, () => chance.of(NAMES)));
}

/** The file of a seed. */
function caseOf(seed: number, seeds: readonly unknown[]): Case {
  const chance = new Chance(seed);
  const mutator = new RecordMutator(chance, seeds);
  const isCrowded = chance.once(60);
  const mutated = isCrowded ? CROWDED_RECORDS : USUAL_RECORDS;
  const breaks = !isCrowded && chance.once(20);
  const between = chance.of([0, 1, 2, 10]);
  const lines: Buffer[] = [];
  for (let i = 0; i < mutated; i += 1) {
    if (between > 0 && chance.once(between)) lines.push(Buffer.from(JSON.stringify(chance.of(seeds))));
    lines.push(mutator.mutate(isCrowded ? numberedRecord(i) : chance.of(seeds), breaks));
  }
  const lineBreak = Buffer.from(chance.of(BREAKS));
  const endsOpen = chance.once(3);
  const join = (some: readonly Buffer[]) =>
    Buffer.concat(some.flatMap((line, i) => (endsOpen && i === some.length - 1 ? [line] : [line, lineBreak])));
  const options = loadOptions({
    onError: chance.once(25) ? "stop" : "skip",
    allowNan: chance.once(3),
    duplicates: chance.of(["last", "keep", "error"]),
    payload: chance.of(["keep", "drop", "place"]),
    columns: projection(chance),
    limits: resolveLimits({
      ...(chance.once(20) ? { depth: 4 + chance.below(6) } : {}),
      ...(chance.once(20) ? { columns: 1 + chance.below(20) } : {}),
      ...(chance.once(20) ? { record: 600 + chance.below(3_000) } : {}),
    }),
  });
  const threads = chance.once(6) ? 2 + chance.below(2) : 1;
  // Of plain files: their lines read in the way of large ones.
  const lineReads = { fromBytes: chance.of([0, 0, 1e9]), readBytes: chance.of(CHUNKS) };
  return { lines, isCrowded, mutated, options: { ...options, lineReads }, threads, sources: sourcesOf(chance, join) };
}

/** Bytes in memory, in one file or two, or a plain file; in chunks of some size. */
function sourcesOf(chance: Chance, join: (lines: readonly Buffer[]) => Buffer): Case["sources"] {
  const chunkBytes = chance.of(CHUNKS);
  if (chance.once(4)) {
    const path = `${folder}/lines.jsonl`;
    return async (lines) => {
      writeFileSync(path, join(lines));
      return (await expandSources([path], { chunkBytes })).sources;
    };
  }
  const parts = chance.of([1, 1, 2]);
  return async (lines) => {
    const half = Math.floor(lines.length / parts);
    const texts = parts === 1 ? [lines] : [lines.slice(0, half), lines.slice(half)];
    return texts.map((own, i) => memorySource(`m${i}`, join(own), { chunkBytes }));
  };
}

interface Compared {
  /** In words; undefined when there is none. */
  readonly difference: string | undefined;
  readonly dataset: Dataset | undefined;
  /** Records that the walker left to the interpreter. */
  readonly declined: number;
}

async function compare({ options, threads, sources }: Case, lines: readonly Buffer[]): Promise<Compared> {
  let declined = 0;
  const run = ProgramRunner.prototype.run;
  ProgramRunner.prototype.run = function (this: ProgramRunner, ...args) {
    declined += 1;
    return run.apply(this, args);
  };
  const given = await sources(lines);
  const threading = threads > 1 ? { threading: fakeThreads(threads, { rangeBytes: 5_000, batchBytes: 3_000 }, 1) } : {};
  const fast = await resultOf(given, { ...options, ...threading, reader: "walker" });
  ProgramRunner.prototype.run = run;
  const reference = await resultOf(given, { ...options, reader: "interpreter" });
  const { dataset } = fast;
  const difference = isDeepStrictEqual(fast.said, reference.said)
    ? dataset && reference.dataset && datasetDifference(dataset, reference.dataset)
    : firstDifference(fast.said, reference.said);
  for (const each of [dataset, reference.dataset]) each?.payload.close();
  return { difference, dataset, declined };
}

/** Where two values part, by member, with what stands there. */
function firstDifference(a: unknown, b: unknown, at = ""): string {
  if (typeof a === "object" && typeof b === "object" && a !== null && b !== null && !(a instanceof Uint8Array)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const [x, y] = [(a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]];
      if (!isDeepStrictEqual(x, y)) return firstDifference(x, y, `${at}.${key}`);
    }
  }
  return `said${at}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`;
}

/** As few of the lines as still fail. */
async function fewest(lines: readonly Buffer[], fails: (lines: readonly Buffer[]) => Promise<boolean>) {
  let left = lines;
  for (let size = lines.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < left.length; ) {
      const rest = [...left.slice(0, at), ...left.slice(at + size)];
      if (rest.length > 0 && (await fails(rest))) left = rest;
      else at += size;
    }
  }
  return left;
}

async function explain(seed: number, found: Case, difference: string): Promise<Error> {
  const lines = await fewest(found.lines, async (some) => (await compare(found, some)).difference !== undefined);
  const { difference: last } = await compare(found, lines);
  const text = lines.map((line) => JSON.stringify(line.toString("latin1"))).join("\n");
  const how = `TRACEMILL_SEED=${seed} TRACEMILL_RUNS=0.001: ${difference}; with ${lines.length} lines: ${last}`;
  return new Error(`${how}\n${text.slice(0, SHOWN)}`);
}

/** Texts of numbered records, of which all dictionaries have more than fit in their first table. */
function expectCrowded(dataset: Dataset, seed: number): void {
  for (const table of TABLES) {
    for (const [name, column] of dataset[table].columns) {
      if (column.type !== "dictionary" || /^(state|status|type)$/.test(name)) continue;
      const what = `TRACEMILL_SEED=${seed}: ${table}.${name}, ${dataset.traces.rows} traces`;
      expect(column.dictionary.size, what).toBeGreaterThan(CROWDED_ENTRIES);
    }
  }
}

it("walker and interpreter read files of mutated records alike", async () => {
  // Numbered ones bring texts and keys that no other record has, or none before it.
  const seeds = [...smallRecords(), ...Array.from({ length: NUMBERED }, (_, i) => numberedRecord(i * 7))];
  let [records, declined, mutated] = [0, 0, 0];
  for (let seed = SEED; mutated < MUTATED; seed += 1) {
    const found = caseOf(seed, seeds);
    const compared = await compare(found, found.lines);
    if (compared.difference !== undefined) throw await explain(seed, found, compared.difference);
    const { columns, limits, onError } = found.options;
    const isPlain = columns === ALL_COLUMNS && isDeepStrictEqual(limits, resolveLimits()) && onError === "skip";
    if (found.isCrowded && isPlain && compared.dataset !== undefined) expectCrowded(compared.dataset, seed);
    mutated += found.mutated;
    if (onError === "stop") continue;
    records += found.lines.length;
    declined += compared.declined;
  }
  // A good part must go the fast way, or the test says little.
  expect(declined / records).toBeLessThan(0.6);
});
