// The replay bench on a small data set: both engines answer all twenty requests alike, and a wrong answer is noticed.
// Engines are timed nowhere here.

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadDuckdb, rowsOf, writeDuckdbFile } from "../../bench/duckdb-columns.ts";
import { replayQuestions } from "../../bench/replay-requests.ts";
import { COLUMN_NAMES } from "../../bench/synthetic.ts";
import { AGREEMENT, answerDifference } from "../../bench/workload.ts";
import { openSynthetic } from "../../src/index.ts";
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

test("tracemill and DuckDB agree on every request of the page", async () => {
  const columns = { traces: 2_000, seed: 3 };
  const path = join(tempDir(), "columns.duckdb");
  await writeDuckdbFile(path, columns);
  const store = await openSynthetic(columns, { columns: COLUMN_NAMES });
  for (const texts of ["varchar", "enum"] as const) {
    const connection = await loadDuckdb(path, texts);
    for (const question of replayQuestions()) {
      const own = question.rows((await question.ask(store)) as never);
      const rival = rowsOf(await connection.runAndReadAll(question.sql));
      expect(answerDifference(question, own, rival)).toBeUndefined();
      expect(own.length).toBeGreaterThan(0);
    }
    connection.closeSync();
  }
});
