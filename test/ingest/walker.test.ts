// The walker against the interpreter: the same tables to the last byte and the same rejects, on real exports, in every
// chunking and projection, with dictionaries of many texts, rows of many blocks and tables that wait; on mutated records in
// mutated-files.test.ts. Every other load of this folder's tests is compared too (rows.ts).

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Projection, projectionOf } from "../../src/columns/projection.ts";
import { KEY_FAMILIES, SCHEMA, type TableName } from "../../src/columns/schema.ts";
import type { LoadOptions } from "../../src/ingest/load.ts";
import { memorySource } from "../../src/ingest/sources.ts";
import { Walker } from "../../src/ingest/walker.ts";
import { runs } from "../support/runs.ts";
import { sharedPath } from "../support/shared.ts";
import { Chance, RecordMutator } from "./mutated-records.ts";
import { expectSameReaders, loadOptions, span, trace } from "./rows.ts";
import { smallRecords, synthetic } from "./small-records.ts";

const LINE_BREAK = Buffer.from("\n");

async function compare(bytes: Uint8Array, options: Partial<LoadOptions> = {}, chunkBytes = 2 ** 20): Promise<void> {
  await expectSameReaders([memorySource("m", bytes, { chunkBytes })], loadOptions(options));
}

function linesOf(records: readonly unknown[]): Buffer {
  return Buffer.from(records.map((record) => JSON.stringify(record)).join("\n"));
}

const REAL = sharedPath("real-traces");
const REAL_FILES = REAL === undefined ? [] : readdirSync(REAL).filter((name) => /\.jsonl?$/.test(name));

describe("walker and interpreter", () => {
  it("agree on every chunking", async () => {
    const bytes = synthetic(40, 7);
    for (const chunkBytes of [64, 1_000, 4_096, 65_536, 2 ** 20, 2 ** 24]) await compare(bytes, {}, chunkBytes);
    const mutator = new RecordMutator(new Chance(9), smallRecords());
    const records = Array.from({ length: 60 }, () => mutator.next());
    const mixed = Buffer.concat(records.flatMap((record) => [record, LINE_BREAK]));
    for (const chunkBytes of [64, 777, 16_384]) await compare(mixed, { onError: "skip" }, chunkBytes);
  });

  it("agree on every projection", async () => {
    const chance = new Chance(11);
    const tables: readonly TableName[] = ["traces", "spans", "assessments"];
    const names = tables.flatMap((table) => [
      ...SCHEMA[table].map(({ name }) => `${table}.${name}`),
      ...KEY_FAMILIES[table].map((family) => `${table}.${family}.*`),
    ]);
    const bytes = Buffer.concat([synthetic(10, 3), LINE_BREAK, linesOf(smallRecords())]);
    const single: Projection[] = names.map((name) => projectionOf([name]));
    const several = Array.from({ length: runs(1) > 1 ? 30 : 15 }, () =>
      projectionOf(Array.from({ length: 1 + chance.below(6) }, () => chance.of(names))),
    );
    const keyed = [
      projectionOf(["traces.tag.env"]),
      projectionOf(["spans.attributes.temperature", "traces.metadata.long"]),
    ];
    for (const columns of [...single, ...several, ...keyed, projectionOf([])])
      await compare(bytes, { columns, onError: "skip" });
  });

  it("agree on dictionaries of more than 2,048 texts, and on equal texts in two spellings", async () => {
    const records = Array.from({ length: 6_000 }, (_, i) =>
      trace({
        id: `tr-${i}`,
        info: {
          trace_metadata: {
            "mlflow.trace.session": `session ${i % 5_000}`,
            "mlflow.trace.user": i % 2 ? "a/b" : "c\u00e9",
          },
          tags: { "mlflow.traceName": `name ${i % 3}`, [`key ${i % 3_000}`]: `value ${i}` },
        },
      }),
    );
    const text = linesOf(records).toString().replaceAll("a/b", "a\\/b");
    const half = Math.floor(text.length / 2);
    const mixed = text.slice(0, half) + text.slice(half).replaceAll("a\\/b", "a/b").replaceAll("\u00e9", "\\u00e9");
    await compare(Buffer.from(mixed));
  });

  it("agree on long texts that come in records of both, of any length and often the same", async () => {
    const texts = Array.from({ length: 151 }, (_, i) => `${i % 50}\u00e9"${"long\n".repeat(80)}`.slice(0, 2 + i * 2));
    const records = Array.from({ length: 900 }, (_, i) =>
      trace({
        id: `tr-${i}`,
        info: { tags: { long: texts[(i * 7) % 151], text: texts[(i * 11) % 151], [`by-hand ${i % 3}`]: "" } },
      }),
    );
    // The walker leaves records with an escape in a key to the interpreter.
    await compare(Buffer.from(linesOf(records).toString().replaceAll("by-hand 0", "by\\u002dhand 0")));
  });

  it("agree on tables of more than one block, and on records with more spans than can wait", async () => {
    const spans = (count: number) =>
      Array.from({ length: count }, (_, i) => span((i + 1).toString(16).padStart(16, "0")));
    const small = linesOf(Array.from({ length: 70 }, (_, i) => trace({ id: `tr-${i}`, spans: spans(1_000) })));
    await expectSameReaders(
      [memorySource("m", small)],
      loadOptions({ columns: projectionOf(["spans.span_id", "spans.start_ms"]) }),
    );
    await compare(linesOf([trace({ id: "a", spans: spans(9_000) }), trace({ id: "b", spans: spans(3) })]));
  });

  it("agree when rejected records take texts back", async () => {
    const good = (i: number) =>
      trace({ id: `tr-${i}`, info: { tags: { "mlflow.traceName": `n${i % 7}`, nothing: null, [`k${i % 5}`]: "v" } } });
    const bad = (i: number) =>
      trace({
        id: `bad-${i}`,
        info: { request_time: "never", tags: { [`only ${i}`]: null, "mlflow.traceName": `bad ${i}` } },
      });
    const records = Array.from({ length: 400 }, (_, i) => (i % 3 === 0 ? bad(i) : good(i)));
    await compare(linesOf(records), { onError: "skip" });
    await compare(linesOf(records.concat(records)), { onError: "skip", duplicates: "error" });
    // A key that had nulls alone goes with the rejected record, and its code to another key.
    const tagged = (id: string, tags: Readonly<Record<string, string | null>>) => trace({ id, info: { tags } });
    const late = trace({ id: "late", info: { tags: { only: "x" } }, spans: [{}] });
    const lost = [tagged("a", { a: "1", z: null }), late, tagged("b", { y: "2" }), tagged("c", { z: "3" })];
    await compare(linesOf(lost), { onError: "skip" });
  });

  it("agree on times with a wrong character anywhere", async () => {
    const good = "2024-02-28T13:14:15.678+05:30";
    const times = Array.from(good).flatMap((_, at) =>
      Array.from("0139,./:;-+ Zz\u00e9").map((wrong) => good.slice(0, at) + wrong + good.slice(at + 1)),
    );
    const odd = ["2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "1970-01-01T00:00:00+23:59"];
    const records = [...times, ...odd].map((time, i) => trace({ id: `tr-${i}`, info: { request_time: time } }));
    await compare(linesOf(records), { onError: "skip" });
  });

  it("agree on several files, and walk the records of an export", async () => {
    let declined = 0;
    const run = Walker.prototype.run;
    Walker.prototype.run = function (this: Walker, ...args) {
      const done = run.apply(this, args);
      if (!done) declined += 1;
      return done;
    };
    try {
      const sources = [1, 2, 3].map((seed) => memorySource(`m${seed}`, synthetic(15, seed)));
      await expectSameReaders(sources, loadOptions({ payload: "drop" }));
    } finally {
      Walker.prototype.run = run;
    }
    expect(declined).toBe(0);
  });
});

describe.skipIf(REAL === undefined)("walker and interpreter on real exports (skipped: ../shared is absent)", () => {
  it.each(REAL_FILES)("%s", async (name) => {
    const bytes = readFileSync(`${REAL}/${name}`);
    await compare(bytes, { onError: "skip" });
    await compare(bytes, { onError: "skip", allowNan: true, duplicates: "keep", payload: "drop" }, 4_096);
  });
});
