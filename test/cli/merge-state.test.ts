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

  it("names a file that is given twice under one name once", async () => {
    const state = await stateOf("again", LINES);
    expect((await run(["merge-state", state, state])).stderr).toBe(
      `warning: ${state} is given twice, and is counted once\n`,
    );
  });

  it("refuses to count rows twice: a copy, a file of another name, a state that holds another", async () => {
    const [whole, rest] = [await stateOf("o1", LINES.slice(0, 60)), await stateOf("o2", LINES.slice(60))];
    const copy = tempFile("copy.state", readFileSync(whole));
    const renamed = await stateOf("o3", LINES.slice(0, 60));
    const both = join(whole, "..", "both.state");
    expect((await run(["merge-state", whole, rest, "--emit-state", both])).exit).toBe(0);
    for (const [other, message] of [
      [copy, /E_STATE_OVERLAP: .*copy.state is a copy of .*o1.state: its rows would be counted twice/],
      [renamed, /E_STATE_OVERLAP: .*o1.state and .*o3.state are both of o1.jsonl = o3.jsonl \(\d+ bytes\): its rows/],
      [both, /E_STATE_OVERLAP: .*o1.state and .*both.state are both of o1.jsonl \(/],
    ] as const) {
      const { exit, stdout, stderr } = await run(["merge-state", whole, other]);
      expect([exit, stdout, stderr]).toEqual([1, "", expect.stringMatching(message)]);
      expect(stderr).toContain("hint: Leave one of them out, or count both with --allow-overlap.");
      const allowed = await run(["merge-state", whole, other, "--allow-overlap", "-o", "json"]);
      expect([allowed.exit, allowed.stderr]).toEqual([0, ""]);
    }
    const doubled = await run(["merge-state", whole, copy, "--allow-overlap", "-o", "json"]);
    const once = await run(["merge-state", whole, "-o", "json"]);
    const countsOf = (text: string) =>
      (JSON.parse(text) as { data_points: { values: { COUNT: number } }[] }).data_points.map(
        ({ values }) => values.COUNT,
      );
    expect(countsOf(doubled.stdout)).toEqual(countsOf(once.stdout).map((count) => 2 * count));
  });

  it("warns of a state that does not know its files", async () => {
    const known = await stateOf("known", LINES.slice(0, 60));
    const unknown = join(known, "..", "piped.state");
    const stdin = `${LINES.join("\n")}\n`;
    expect((await run(["metrics", "-", ...QUERY, "--emit-state", unknown], { stdin })).exit).toBe(0);
    const { exit, stderr } = await run(["merge-state", known, unknown]);
    expect([exit, stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: .*piped.state does not say which files it is of/),
    ]);
    expect((await run(["merge-state", unknown])).stderr).toBe("");
  });

  it("says when the answer may be cut", async () => {
    const state = await stateOf("cut", LINES);
    const { stdout, stderr } = await run(["merge-state", state, "--max-results", "1", "-o", "json"]);
    expect((JSON.parse(stdout) as { data_points: unknown[] }).data_points).toHaveLength(1);
    expect(stderr).toBe("note: 1 points, the most that --max-results allows; there may be more\n");
  });

  it("is not emitted by explain, which says so", async () => {
    const path = join(await stateOf("explained", LINES), "..", "none.state");
    const { exit, stderr } = await run(["metrics", FIXTURE, ...QUERY, "--explain", "--emit-state", path]);
    expect([exit, stderr]).toEqual([2, expect.stringContaining("leave --emit-state out")]);
  });

  it("takes states of one file at times that do not meet, and refuses those that do", async () => {
    const path = tempFile("days.jsonl", `${LINES.join("\n")}\n`);
    const stateAt = async (name: string, start: number, end: number): Promise<string> => {
      const state = join(path, "..", name);
      const times = ["--start-time", String(start), "--end-time", String(end)];
      expect((await run(["metrics", path, ...QUERY, ...times, "--emit-state", state])).exit).toBe(0);
      return state;
    };
    const middle = Date.UTC(2026, 2, 2, 12);
    const before = await stateAt("before.state", 0, middle - 1);
    const [after, late] = [
      await stateAt("after.state", middle, 2 * middle),
      await stateAt("late.state", middle - 1, 2 * middle),
    ];
    const merged = await run(["merge-state", before, after]);
    expect([merged.exit, merged.stdout]).toEqual([0, (await run(["metrics", path, ...QUERY])).stdout]);
    expect((await run(["merge-state", before, late])).stderr).toMatch(/E_STATE_OVERLAP: .*, at times that meet: /);
  });

  it("tells what to do with an export", async () => {
    for (const path of [FIXTURE, "fixtures/README.md", "package.json", tempFile("one", "{}")]) {
      const { exit, stderr } = await run(["merge-state", path]);
      expect([exit, stderr]).toEqual([
        1,
        expect.stringMatching(
          /E_DIGEST_INVALID: .*:1: not a valid state: .*\n {2}hint: merge-state reads what `tracemill metrics EXPORT/,
        ),
      ]);
    }
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
