// The bundled exports are what the generator makes of their options, byte for byte.

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generateExport } from "../../src/synth/export.ts";
import { fixturePath, GENERATED_FIXTURES } from "../support/fixtures.ts";
import { groupBy } from "../support/group.ts";

const MAX_BYTES = 600 * 1024;

test.each([...GENERATED_FIXTURES])("%s is what its options generate", (name, options) => {
  const generated = Buffer.concat([...generateExport(options)]);
  if (process.env["TRACEMILL_WRITE_FIXTURES"] === "1") writeFileSync(fixturePath(name), generated);
  expect(readFileSync(fixturePath(name)).equals(generated)).toBe(true);
  expect(generated.length).toBeLessThanOrEqual(MAX_BYTES);
});

test("support-agents.jsonl fills the table of `npm start`: six names, three hours, no empty cell", () => {
  interface Info {
    readonly request_time: string;
    readonly state: string;
    readonly tags: Readonly<Record<string, string>>;
    readonly assessments?: readonly unknown[];
  }
  const text = readFileSync(fixturePath("mlflow-v3/support-agents.jsonl"), "utf8");
  const infos = text
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { info: Info }).info);
  const cells = groupBy(infos, ({ request_time, tags }) => `${tags["mlflow.traceName"]} ${request_time.slice(0, 13)}`);
  const hours = new Set(infos.map(({ request_time }) => request_time.slice(0, 13)));
  expect([...hours].sort()).toEqual(["2026-03-02T09", "2026-03-02T10", "2026-03-02T11"]);
  expect(cells.size).toBe(18);
  for (const cell of cells.values()) expect(cell.length).toBeGreaterThanOrEqual(4);
  expect(new Set(infos.map(({ state }) => state))).toEqual(new Set(["OK", "ERROR", "IN_PROGRESS"]));
  expect(infos.flatMap(({ assessments }) => assessments ?? []).length).toBeGreaterThan(40);
});
