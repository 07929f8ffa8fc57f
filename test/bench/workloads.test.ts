// The benches' questions on a small data set: both engines answer all of them alike, and a wrong answer is noticed.
// Engines are timed nowhere here.

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ensureDuckdbFile } from "../../bench/duckdb-columns.ts";
import { duckdbEngine, tracemillEngine } from "../../bench/engines.ts";
import { AGREEMENT, answerDifference } from "../../bench/workload.ts";
import { WORKLOADS } from "../../bench/workloads.ts";
import { tempDir } from "../support/temp-dir.ts";

describe("answers", () => {
  const question = { name: "q", agreement: AGREEMENT.sums };

  test("differ in rows, texts and numbers beyond the agreement", () => {
    expect(answerDifference(question, [[1, "a", 0.3]], [[1, "a", 0.1 + 0.2]])).toBeUndefined();
    expect(answerDifference({ ...question, agreement: AGREEMENT.counts }, [[0.3]], [[0.1 + 0.2]])).toContain("row 0");
    expect(answerDifference(question, [[1], [2]], [[1]])).toBe("q: 2 rows and 1 rows");
    expect(answerDifference(question, [["a", 1]], [["b", 1]])).toContain("row 0");
    expect(answerDifference(question, [[1]], [[1, 2]])).toContain("row 0");
    expect(answerDifference(question, [[Number.NaN]], [[1]])).toContain("row 0");
    expect(answerDifference(question, [[null]], [[0]])).toContain("row 0");
  });
});

describe("tracemill and DuckDB agree", () => {
  for (const [name, { questions, columns }] of Object.entries(WORKLOADS)) {
    test(`on every question of ${name}`, async () => {
      const set = columns({ traces: 2_000, seed: 3 });
      const path = join(tempDir(), "columns.duckdb");
      await ensureDuckdbFile(set, path);
      const own = await tracemillEngine(set, { threads: 1 });
      for (const texts of ["varchar", "enum"] as const) {
        const rival = await duckdbEngine(path, texts);
        for (const question of questions) {
          const answer = own.rows(question, (await own.run(question)) as never);
          const other = rival.rows(question, (await rival.run(question)) as never);
          expect(answerDifference(question, answer, other)).toBeUndefined();
          expect(answer.length).toBeGreaterThan(0);
        }
      }
    });
  }
});
