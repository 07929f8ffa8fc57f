// `metrics --emit-state` and `merge-state`, as commands.

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "../support/cli-io.ts";
import { tempFile } from "../support/temp-dir.ts";

const FIXTURE = "fixtures/mlflow-v3/support-agents.jsonl";
const LINES = readFileSync(FIXTURE, "utf8").trimEnd().split("\n");
const QUERY = ["-m", "latency", "-a", "COUNT,SUM,AVG,MIN,MAX,P95", "-d", "trace_name", "--percentiles", "tdigest"];

async function stateOf(name: string, lines: readonly string[], query = QUERY): Promise<string> {
  const path = tempFile(`${name}.jsonl`, `${lines.join("\n")}\n`);
  const state = path.replace(/jsonl$/, "state");
  const { exit, stderr } = await run(["metrics", path, ...query, "--emit-state", state]);
  expect([exit, stderr]).toEqual([0, expect.stringContaining("rejected 0")]);
  return state;
}

describe("merge-state", () => {
  it.each(["table", "json", "jsonl", "csv", "markdown"])("prints as metrics over all files, -o %s", async (format) => {
    const parts = [await stateOf("a", LINES.slice(0, 60)), await stateOf("b", LINES.slice(60))];
    const whole = await run(["metrics", FIXTURE, ...QUERY, "-o", format]);
    const merged = await run(["merge-state", ...parts, "-o", format]);
    expect(merged).toEqual({ exit: 0, stdout: whole.stdout, stderr: "" });
    expect(merged.stdout).toMatch(/approx/);
  });

  it("--emit-state prints what it prints without, and chains", async () => {
    const [a, b, c] = [LINES.slice(0, 30), LINES.slice(30, 31), LINES.slice(31)];
    const [first, second, third] = [await stateOf("c1", a), await stateOf("c2", b), await stateOf("c3", c)];
    const chained = join(first, "..", "chained.state");
    expect((await run(["merge-state", first, second, "--emit-state", chained])).exit).toBe(0);
    const [plain, emitted] = [await run(["metrics", FIXTURE, ...QUERY]), await run(["merge-state", chained, third])];
    expect(emitted.stdout).toBe(plain.stdout);
    expect(statSync(chained).size).toBeGreaterThan(500);
  });

  it("counts a file that is given twice once, and says so", async () => {
    const state = await stateOf("twice", LINES);
    const { exit, stdout, stderr } = await run(["merge-state", state, state, "-o", "json"]);
    expect([exit, stderr]).toEqual([0, expect.stringContaining("counted once")]);
    expect(stdout).toBe((await run(["merge-state", state, "-o", "json"])).stdout);
    expect((await run(["merge-state", state, state, "-q"])).stderr).toBe("");
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ["no state", [], 2, /E_USAGE: no state given/],
    ["an export", [FIXTURE], 1, /E_DIGEST_INVALID: .*support-agents.jsonl:1: not a valid state/],
    ["a missing file", ["missing.state"], 1, /E_IO: ENOENT/],
    ["a directory", ["fixtures"], 1, /E_IO: EISDIR/],
  ])("refuses %s", async (_, argv, exit, message) => {
    const found = await run(["merge-state", ...argv]);
    expect([found.exit, found.stdout, found.stderr]).toEqual([exit, "", expect.stringMatching(message)]);
  });

  it("refuses states of different requests, naming the difference", async () => {
    const left = await stateOf("left", LINES);
    const right = await stateOf("right", LINES, ["-m", "latency", "-a", "COUNT", "-d", "trace_name"]);
    const { exit, stderr } = await run(["merge-state", left, right]);
    expect([exit, stderr]).toEqual([
      2,
      expect.stringMatching(/E_REQUEST: states of different requests: aggregations is .*left.state.*right.state/),
    ]);
  });
});

describe("--emit-state", () => {
  it.each<[string, readonly string[], RegExp]>([
    [
      "exact percentiles",
      ["-m", "latency", "-a", "P95"],
      /E_REQUEST: exact percentiles.*\n {2}hint: Use --percentiles tdigest/,
    ],
    ["distinct counts", ["-m", "session_count", "-a", "COUNT"], /E_REQUEST: distinct counts/],
    ["standard output", ["-m", "latency", "-a", "AVG", "--emit-state", "-"], /E_USAGE: --emit-state '-'/],
    ["an input", ["-m", "latency", "-a", "AVG", "--emit-state", FIXTURE], /E_USAGE: output .* is the input file/],
    ["the answer's file", ["-m", "latency", "-a", "AVG", "-O", "x.json", "--emit-state", "x.json"], /E_USAGE/],
  ])("refuses %s before anything is read", async (_, query, message) => {
    const state = tempFile("kept.state", "old");
    const { exit, stdout, stderr } = await run(["metrics", FIXTURE, "--emit-state", state, ...query]);
    expect([exit, stdout, stderr]).toEqual([2, "", expect.stringMatching(message)]);
    expect(readFileSync(state, "utf8")).toBe("old");
  });

  it("warns of values too far apart for a digest", async () => {
    const trace = (id: number, ms: number) =>
      JSON.stringify({
        info: { trace_id: `t${id}`, request_time: "2026-01-01T00:00:00Z", state: "OK", execution_duration_ms: ms },
      });
    const path = tempFile("wide.jsonl", `${[1, 5e12].map((ms, id) => trace(id, ms)).join("\n")}\n`);
    const { stdout, stderr } = await run([
      "metrics",
      path,
      "-m",
      "latency",
      "-a",
      "P50",
      "--percentiles",
      "tdigest",
      "-o",
      "json",
    ]);
    expect(stderr).toContain("warning: 1 points: magnitudes span more than a factor of 1e12");
    expect(stdout).toContain('"warning": "magnitudes span');
  });

  it("--strict refuses approximate percentiles with a hint", async () => {
    const { exit, stderr } = await run([
      "metrics",
      FIXTURE,
      "-m",
      "latency",
      "-a",
      "P50",
      "--percentiles",
      "tdigest",
      "--strict",
    ]);
    expect([exit, stderr]).toEqual([
      2,
      expect.stringMatching(/E_REQUEST: strict percentiles are exact.*\n {2}hint: Leave strict out/),
    ]);
  });
});
