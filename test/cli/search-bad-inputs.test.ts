// The bad-input cases that `search` and `get` can say: exit status, code, standard output and standard error; filter rows
// in both modes. Rows with a pipe or a redirection run in bash, as processes of their own.

import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeable, SEARCH_ROWS } from "../support/bad-input-rows.ts";
import { type BadInput, hasTool, makeInputs, needsShell, scratchFolder, shellWords } from "../support/bad-inputs.ts";
import { run } from "../support/cli-io.ts";
import { PROGRAM } from "../support/program.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COMMAND = `"${process.execPath}" "${PROGRAM}"`;
const rows = SEARCH_ROWS.filter(makeable);

const folder = scratchFolder();
let inputs = new Map<string, string>();
let fixtures = new Map<string, string>();
beforeAll(() => {
  inputs = makeInputs(rows, folder);
  const recipes = rows.flatMap(({ fixture, ...row }) => {
    if (fixture === undefined) return [];
    const made = fixture.startsWith("py:") ? { generator: fixture } : { input: fixture };
    const { input: _, generator: __, ...rest } = row;
    return [{ ...rest, id: `${row.id}.fixture`, ...made }];
  });
  fixtures = makeInputs(recipes, folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The words of a row's command with its files; filter rows name the filter FILTER and the traces FILE. */
function withFiles(text: string, { id, fixture }: BadInput): string {
  const input = inputs.get(id) ?? "";
  const file = fixture === undefined ? input : (fixtures.get(`${id}.fixture`) ?? "");
  return text.replaceAll("@FILTER", `@${input}`).replace(/\bFILE\b/g, file);
}

function shell(line: string): Promise<{ exit: number; stdout: string; stderr: string }> {
  const child = spawn("bash", ["-c", `set -o pipefail; ${COMMAND} ${line}`], { cwd: ROOT });
  const parts = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (parts.stdout += chunk));
  child.stderr.on("data", (chunk) => (parts.stderr += chunk));
  return new Promise((resolve) => child.on("close", (exit) => resolve({ exit: exit ?? -1, ...parts })));
}

describe("bad inputs of search and get", () => {
  it("has most of them", () => expect(rows.length).toBeGreaterThan(hasTool("python3") ? 40 : 30));

  it.each(SEARCH_ROWS.filter(makeable))("$id: $expected", async (row) => {
    const args = row.args ?? "";
    const modes = row.mode === "both" ? ["", " --strict"] : [""];
    for (const mode of modes) {
      const { exit, stdout, stderr } = needsShell(args)
        ? await shell(withFiles(args, row))
        : await run(shellWords(args + mode).map((word) => withFiles(word, row)));
      const wanted = { exit: row.exit, stdout: expect.stringMatching(new RegExp(row.stdout ?? "")) };
      expect({ exit, stdout, stderr }).toEqual({
        ...wanted,
        stderr: expect.stringMatching(new RegExp(row.stderr ?? "")),
      });
      if (row.code !== undefined) expect(stderr).toContain(`tracemill: ${row.code}: `);
    }
  });
});
