// Reads the rows of fixtures/conformance/bad-inputs.jsonl and makes their input files.
// Recipes: `input` (the bytes), `py:` (a Python expression), `sh:` (bash, writes $OUT), `dir:` (files of the shared material).
// Called by the conformance tests. Rows whose recipe needs a tool that is absent say so and are skipped.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** One row, as the case file has it. */
export interface BadInput {
  readonly id: string;
  readonly area: string;
  readonly kind: string;
  readonly input?: string;
  readonly generator?: string;
  readonly fixture?: string;
  readonly args?: string;
  readonly exit?: number;
  readonly code?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly mode?: string;
  readonly expected: string;
}

const CASES = fileURLToPath(new URL("../../fixtures/conformance/bad-inputs.jsonl", import.meta.url));

/** All rows. */
export function readBadInputs(): BadInput[] {
  return readFileSync(CASES, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as BadInput);
}

/** Whether a tool of the recipes is on this machine. */
export function hasTool(name: "python3" | "bash"): boolean {
  return spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0;
}

/** A fresh folder for the files of one run. */
export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), "tracemill-test-"));
}

const PYTHON = `
import json, sys
for line in sys.stdin:
    job = json.loads(line)
    data = eval(job["expression"])
    with open(job["path"], "wb") as out:
        out.write(data)
`;

/** Makes the input file of every row that has one; returns the path by id. Python runs once for all rows. */
export function makeInputs(rows: readonly BadInput[], folder: string): Map<string, string> {
  const paths = new Map(rows.map((row) => [row.id, join(folder, row.id)]));
  const pythonJobs: string[] = [];
  for (const row of rows) {
    const path = paths.get(row.id) ?? "";
    if (row.input !== undefined) writeFileSync(path, row.input);
    else if (row.generator?.startsWith("py:")) {
      pythonJobs.push(JSON.stringify({ expression: row.generator.slice(3).trim(), path }));
    } else if (row.generator?.startsWith("sh:")) {
      const made = spawnSync("bash", ["-c", row.generator.slice(3)], {
        env: { ...process.env, OUT: path },
        encoding: "utf8",
      });
      if (made.status !== 0) throw new Error(`recipe of ${row.id} failed: ${made.stderr}`);
    }
  }
  if (pythonJobs.length > 0) {
    const made = spawnSync("python3", ["-c", PYTHON], { input: pythonJobs.join("\n"), encoding: "utf8" });
    if (made.status !== 0) throw new Error(`a Python recipe failed: ${made.stderr}`);
  }
  return paths;
}

/** Splits a command's arguments as bash does, for rows without pipes and redirections. */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"])+/g)) {
    words.push(
      match[0].replace(/'([^']*)'|"((?:\\.|[^"\\])*)"/g, (_, single?: string, double?: string) =>
        single !== undefined ? single : (double ?? "").replace(/\\(["\\$`])/g, "$1"),
      ),
    );
  }
  return words;
}

/** Whether the arguments need a shell: a pipe or a redirection outside quotes. */
export function needsShell(text: string): boolean {
  return /[|<>]/.test(text.replace(/'[^']*'|"(?:\\.|[^"\\])*"/g, ""));
}
