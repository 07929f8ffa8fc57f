// Row C048 of the bad-input cases: other flags of Node change nothing. Commands answer the same under both; in
// `npm run verify` the whole suite also runs under --disable-proto=throw, and every row of metrics and inspect under
// --frozen-intrinsics, where the test runner itself does not start.

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { METRICS_ROWS, makeable } from "../support/bad-input-rows.ts";
import { makeInputs, scratchFolder, shellWords } from "../support/bad-inputs.ts";
import { run } from "../support/cli-io.ts";
import { PROGRAM } from "../support/program.ts";
import { runs } from "../support/runs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FIXTURE = "fixtures/mlflow-v3/support-agents.jsonl";
const FLAGS = ["--disable-proto=throw", "--frozen-intrinsics"] as const;
const COMMANDS = [
  [
    "metrics",
    FIXTURE,
    "-m",
    "latency",
    "-a",
    "AVG,P95",
    "-d",
    "trace_name",
    "-f",
    "trace.status = 'OK' OR tag.x = '1'",
  ],
  ["search", FIXTURE, "--filter-string", "span.name RLIKE 'a|b'", "-o", "json"],
] as const;

/** Status and standard output of a command in a process with a flag; standard error has Node's own warning. */
function underFlag(flag: string, argv: readonly string[]): { readonly exit: number | null; readonly stdout: string } {
  const { status, stdout } = spawnSync(process.execPath, [flag, PROGRAM, ...argv], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return { exit: status, stdout };
}

describe("flags of Node", () => {
  it.each(FLAGS)("C048: commands answer the same under %s", async (flag) => {
    for (const argv of runs(1) === 1 ? [COMMANDS[FLAGS.indexOf(flag)] ?? COMMANDS[0]] : COMMANDS) {
      const { exit, stdout } = await run(argv);
      expect(exit).toBe(0);
      expect(underFlag(flag, argv)).toEqual({ exit, stdout });
    }
  });
});

describe.skipIf(runs(1) === 1)("flags of Node, at length (skipped: npm run verify runs them)", () => {
  it("C048: the whole suite passes under --disable-proto=throw", { timeout: 1_800_000 }, () => {
    const env = { ...process.env, NODE_OPTIONS: "--disable-proto=throw", TRACEMILL_RUNS: "1" };
    const suite = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "--testTimeout=600000"], {
      cwd: ROOT,
      env,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    expect({ exit: suite.status, tail: suite.status === 0 ? "" : suite.stdout.slice(-4_000) }).toEqual({
      exit: 0,
      tail: "",
    });
  });

  it("C048: rows of metrics and inspect answer the same under --frozen-intrinsics", {
    timeout: 1_800_000,
  }, async () => {
    const rows = METRICS_ROWS.filter(makeable);
    const folder = scratchFolder();
    try {
      const paths = makeInputs(rows, folder);
      for (const { id, args = "" } of rows) {
        const argv = shellWords(args).map((word) => word.replace(/^FILE/, paths.get(id) ?? ""));
        const { exit, stdout } = await run(argv);
        expect({ id, ...underFlag("--frozen-intrinsics", argv) }).toEqual({ id, exit, stdout });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
