// Whole command lines on small files: standard output, standard error and exit status, compared exactly.
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "../support/cli-io.ts";
import { UNSAFE } from "../support/hostile.ts";
import { tempDir, tempFile } from "../support/temp-dir.ts";

const trace = (id: string, second: number, more: object = {}) =>
  JSON.stringify({ trace_id: id, request_time: `2026-03-02T11:00:0${second}Z`, state: "OK", ...more });

const TRACES = [
  trace("a", 0, { execution_duration_ms: 100, tags: { "mlflow.traceName": "checkout" } }),
  trace("b", 1, { execution_duration_ms: 2001, tags: { "mlflow.traceName": "search" }, state: "ERROR" }),
  trace("c", 2, { execution_duration_ms: 300, tags: { "mlflow.traceName": "checkout" } }),
];
const GOOD = `${TRACES.join("\n")}\n`;
const BAD = `${[TRACES[0], "{broken", TRACES[1], "[1", TRACES[2]].join("\n")}\n`;

const LATENCY = ["-m", "latency", "-a", "avg,p50", "-d", "trace_name"];
const COUNT = ["-m", "trace_count", "-a", "COUNT"];

describe("metrics", () => {
  it("sums integers past 2^53 exactly, rounded once to MLflow's float64; past int64 it refuses", async () => {
    const tokens = (...counts: readonly string[]) =>
      counts
        .map((count, i) =>
          trace(`${i}`, 0, { trace_metadata: { "mlflow.trace.tokenUsage": `{"total_tokens": ${count}}` } }),
        )
        .join("\n");
    const sum = async (...counts: readonly string[]) => {
      const flags = ["-m", "total_tokens", "-a", "SUM,AVG", "-q", "-o", "jsonl"];
      const { exit, stdout, stderr } = await run(["metrics", "-", ...flags], { stdin: tokens(...counts) });
      return exit === 0 ? stdout.replace(/^.*"values": |}\n$/g, "") : `${exit} ${stderr}`;
    };
    // Three times the nearest float64 would be 27021597764222976.
    expect(await sum("9007199254740993", "9007199254740993", "9007199254740993")).toBe(
      '{"SUM": 27021597764222980, "AVG": 9007199254740992}',
    );
    expect(await sum("9223372036854775807", "-9223372036854775808", "9007199254740993")).toContain(
      '"SUM": 9007199254740992,',
    );
    expect(await sum("9223372036854775807", "1")).toMatch(
      /^1 tracemill: E_OVERFLOW: The sum of traces.total_tokens is 9223372036854775808, which int64 does not hold/,
    );
  });

  it("prints a table, and the load report on standard error", async () => {
    const file = tempFile("t.jsonl", GOOD);
    expect(await run(["metrics", file, ...LATENCY])).toEqual({
      exit: 0,
      stdout: "trace_name   AVG   P50\n----------  ----  ----\ncheckout     200   200\nsearch      2001  2001\n",
      stderr: `${file}: read 3, loaded 3, rejected 0\n`,
    });
  });

  it("prints nothing on standard error under -q, and reads standard input", async () => {
    expect(await run(["metrics", "-", ...COUNT, "-q", "-o", "jsonl"], { stdin: GOOD })).toEqual({
      exit: 0,
      stdout: '{"metric_name": "trace_count", "values": {"COUNT": 3}}\n',
      stderr: "",
    });
  });

  it("takes sources by -s, filters from files, and times relative to its clock", async () => {
    const file = tempFile("t.jsonl", GOOD);
    const filter = tempFile("f", "trace.status = 'OK'\n");
    const flags = ["-f", `@${filter}`, "--start-time", "-1h", "--end-time", "2026-03-02T11:00:01", "-q", "-o", "csv"];
    expect((await run(["metrics", "-s", file, ...COUNT, ...flags])).stdout).toBe("COUNT\r\n1\r\n");
  });

  it("prints an empty body or a sentence when there is nothing", async () => {
    const flags = [...LATENCY, "--start-time", "now", "-q"];
    expect((await run(["metrics", "-", ...flags, "-o", "json"], { stdin: GOOD })).stdout).toBe("{}\n");
    expect((await run(["metrics", "-", ...flags], { stdin: GOOD })).stdout).toBe("No data points found.\n");
  });

  it("refuses with the front end's words before a file is opened", async () => {
    const refused = await run(["metrics", "/no/such/file", "-m", "latency", "-a", "AVG", "-v", "NOTHING"]);
    expect(refused).toEqual({
      exit: 2,
      stdout: "",
      stderr: "tracemill: E_REQUEST: view_type must be one of ['TRACES', 'SPANS', 'ASSESSMENTS'], got 'NOTHING'\n",
    });
  });

  it("prints the plan, and with analyze what ran", async () => {
    const plan = await run(["metrics", "-", ...COUNT, "--explain", "-q"], { stdin: GOOD });
    expect(plan.stdout).toMatch(/^plan\n.*scan traces.*optimised/s);
    expect(plan.stdout).not.toContain("analyze");
    const analyzed = await run(["metrics", "-", ...COUNT, "--explain=analyze", "-q"], { stdin: GOOD });
    expect(analyzed.stdout).toContain("\nanalyze\n");
    const apart = await run(["metrics", ...COUNT, "--explain", "analyze", "-q", "-"], { stdin: GOOD });
    expect(apart.stdout).toContain("\nanalyze\n");
    const spelt = await run(["metrics", ...COUNT, "--explain", "plan", "-q", "-"], { stdin: GOOD });
    expect(spelt).toEqual(plan);
  });

  it("times its steps on the clock it is given", async () => {
    let nowMs = 0;
    const { stderr } = await run(["metrics", "-", ...COUNT, "--timing", "-q"], {
      stdin: GOOD,
      now: () => (nowMs += 1_000),
    });
    expect(stderr).toMatch(/^timing: plan .*, load .*, run .*, write .*; in all .*\n$/);
  });

  it("uses colour on a terminal only, and never under NO_COLOR", async () => {
    const bold = "\u001b[1mCOUNT\u001b[22m\n-----\n    3\n";
    const plain = "COUNT\n-----\n    3\n";
    const shown = async (options: Parameters<typeof run>[1]) =>
      (await run(["metrics", "-", ...COUNT, "-q"], { stdin: GOOD, ...options })).stdout;
    expect(await shown({ terminal: 80 })).toBe(bold);
    expect(await shown({})).toBe(plain);
    expect(await shown({ terminal: 80, env: { NO_COLOR: "1" } })).toBe(plain);
    expect(await shown({ terminal: 80, env: { TERM: "dumb" } })).toBe(plain);
    expect(await shown({ env: { FORCE_COLOR: "1", NO_COLOR: "1" } })).toBe(bold);
    expect(await shown({ terminal: 80, env: { FORCE_COLOR: "0" } })).toBe(plain);
  });

  it("fits the terminal, and any COLUMNS in [20, 1000]", async () => {
    const file = tempFile("t.jsonl", trace("a", 0, { tags: { "mlflow.traceName": "x".repeat(2_000) } }));
    const widest = async (options: Parameters<typeof run>[1]) => {
      const { stdout } = await run(["metrics", file, ...COUNT, "-d", "trace_name", "-q"], options);
      return Math.max(...stdout.split("\n").map((line) => line.length));
    };
    expect(await widest({ terminal: 50, env: { TERM: "dumb" } })).toBe(50);
    expect(await widest({ env: { COLUMNS: "60" } })).toBe(60);
    expect(await widest({ env: { COLUMNS: "5" } })).toBe(20);
    for (const COLUMNS of ["0", "-5", "1000000000", "wide"]) expect(await widest({ env: { COLUMNS } })).toBe(1_000);
  });

  it("tells a closed and a full standard output", async () => {
    expect(await run(["metrics", "-", ...COUNT, "-q"], { stdin: GOOD, stdoutFails: "EPIPE" })).toEqual({
      exit: 0,
      stdout: "",
      stderr: "",
    });
    const full = await run(["metrics", "-", ...COUNT, "-q"], { stdin: GOOD, stdoutFails: "ENOSPC" });
    expect(full).toEqual({ exit: 1, stdout: "", stderr: "tracemill: E_IO: ENOSPC: standard output\n" });
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])("ends with the status of %s when it is aborted", async (reason, exit) => {
    const controller = new AbortController();
    controller.abort(reason);
    const result = await run(["metrics", "-", ...COUNT], { stdin: GOOD, signal: controller.signal });
    expect(result).toMatchObject({ exit, stdout: "" });
  });
});

describe("bad records", () => {
  it("stops at the first, with its place and a next step", async () => {
    const file = tempFile("bad.jsonl", BAD);
    const { exit, stdout, stderr } = await run(["metrics", file, ...COUNT]);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toMatch(/^tracemill: E_JSON_SYNTAX: .*bad\.jsonl:2:\d+: .*\n {2}hint: .*--on-error skip.*\n$/);
  });

  it("ends with E_MEMORY when the process holds more than --memory-limit", async () => {
    const limited = (bytes: number) =>
      run(["metrics", "-", ...COUNT, "--quiet", "--memory-limit", "100MB"], {
        stdin: GOOD,
        residentBytes: () => bytes,
      });
    expect((await limited(99e6)).exit).toBe(0);
    const { exit, stdout, stderr } = await limited(101e6);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toMatch(/^tracemill: E_MEMORY: loading needs at least 101 MB, the limit is 100 MB\n/);
  });

  it("skips them, says why, and writes them to the rejects file", async () => {
    const file = tempFile("bad.jsonl", BAD);
    const rejects = join(dirname(file), "rejects.jsonl");
    const flags = ["--on-error", "skip", "--rejects", rejects, "-o", "csv"];
    const { exit, stdout, stderr } = await run(["metrics", file, ...COUNT, ...flags]);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: "COUNT\r\n3\r\n" });
    expect(stderr).toContain(`${file}: read 5, loaded 3, rejected 2\n`);
    const lines = readFileSync(rejects, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ line }) => line)).toEqual([2, 4]);
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(["file", "line", "byte_start", "byte_end", "code", "message", "excerpt"]);
      expect(BAD.slice(line.byte_start, line.byte_end)).toBe(line.excerpt);
    }
  });

  it("ends with status 3 past the limit, with the rejects written", async () => {
    const file = tempFile("bad.jsonl", BAD);
    const rejects = join(dirname(file), "rejects.jsonl");
    const flags = ["--on-error", "skip", "--max-rejects", "1", "--rejects", rejects];
    const { exit, stdout, stderr } = await run(["metrics", file, ...COUNT, ...flags]);
    expect({ exit, stdout }).toEqual({ exit: 3, stdout: "" });
    expect(stderr).toMatch(/^ {2}rejected 2: E_JSON_SYNTAX, first .*bad\.jsonl:2:.*\ntracemill: E_TOO_MANY_REJECTS: /);
    expect(readFileSync(rejects, "utf8").trimEnd().split("\n").length).toBeGreaterThan(0);
    expect((await run(["metrics", file, ...COUNT, "--on-error", "skip", "--max-rejects", "50%"])).exit).toBe(0);
  });

  it("skips them when a limit on rejects is given", async () => {
    const file = tempFile("bad.jsonl", BAD);
    const { exit, stderr } = await run(["metrics", file, ...COUNT, "--max-rejects", "2"]);
    expect(exit).toBe(0);
    expect(stderr).toContain(`${file}: read 5, loaded 3, rejected 2\n`);
    expect((await run(["metrics", file, ...COUNT, "--max-rejects", "1"])).exit).toBe(3);
  });
});

describe("directories", () => {
  it("give their exports, and a note of what else they hold", async () => {
    const file = tempFile("t.jsonl", GOOD);
    const directory = dirname(file);
    for (const name of ["README.md", "INDEX.md"]) writeFileSync(join(directory, name), "# Traces\n");
    const { exit, stdout, stderr } = await run(["metrics", directory, ...COUNT, "-o", "csv"]);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: "COUNT\r\n3\r\n" });
    expect(stderr).toContain("2 files not read, being no .json, .jsonl or .ndjson (.gz, .zst): ");
    expect(stderr).toContain(join(directory, "INDEX.md"));
  });
});

describe("output files", () => {
  it("holds what standard output would", async () => {
    const out = join(tempDir(), "out.csv");
    const result = await run(["metrics", "-", ...LATENCY, "-q", "-o", "csv", "-O", out], { stdin: GOOD, terminal: 80 });
    expect(result).toEqual({ exit: 0, stdout: "", stderr: "" });
    expect(readFileSync(out, "utf8")).toBe("trace_name,AVG,P50\r\ncheckout,200,200\r\nsearch,2001,2001\r\n");
  });

  it.each([
    ["out.csv", "COUNT\r\n3\r\n"],
    ["out.JSONL", '{"metric_name": "trace_count", "values": {"COUNT": 3}}\n'],
    ["out.ndjson", '{"metric_name": "trace_count", "values": {"COUNT": 3}}\n'],
    ["out.md", "| COUNT |\n| ---: |\n| 3 |\n"],
    ["out.txt", "COUNT\n-----\n    3\n"],
    ["out", "COUNT\n-----\n    3\n"],
  ])("%s has the format of its ending when -o names none", async (name, text) => {
    const path = join(tempDir(), name);
    expect((await run(["metrics", "-", ...COUNT, "-O", path], { stdin: GOOD })).exit).toBe(0);
    expect(readFileSync(path, "utf8")).toBe(text);
    await run(["metrics", "-", ...COUNT, "-O", path, "-o", "jsonl"], { stdin: GOOD });
    expect(readFileSync(path, "utf8")).toContain('"metric_name"');
  });

  it("keeps a command's own format where the ending names one that it has not", async () => {
    const path = join(tempDir(), "out.csv");
    await run(["get", "-", "--trace-id", "a", "-O", path], { stdin: GOOD });
    expect(readFileSync(path, "utf8")).toMatch(/^\{\n/);
  });

  it("is never an input, by link, directory or glob", async () => {
    const file = tempFile("in.jsonl", GOOD);
    const directory = dirname(file);
    const link = join(directory, "link");
    symlinkSync(file, link);
    for (const [source, out] of [
      [file, file],
      [file, link],
      [directory, file],
      [join(directory, "*.jsonl"), file],
    ] as const) {
      const { exit, stdout, stderr } = await run(["metrics", source, ...COUNT, "-q", "-O", out]);
      expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
      expect(stderr).toContain("tracemill: E_USAGE: output ");
    }
    expect(readFileSync(file, "utf8")).toBe(GOOD);
    expect(readdirSync(directory).sort()).toEqual(["in.jsonl", "link"]);
  });

  it("is refused before the load when its directory is not there", async () => {
    const file = tempFile("in.jsonl", GOOD);
    expect(await run(["metrics", file, ...COUNT, "-O", "/no/such/dir/x"])).toEqual({
      exit: 1,
      stdout: "",
      stderr: "tracemill: E_IO: ENOENT: no such file or directory: /no/such/dir/x\n",
    });
  });

  it("stays as it was when the command fails", async () => {
    const file = tempFile("bad.jsonl", BAD);
    const out = join(dirname(file), "out");
    writeFileSync(out, "old");
    expect((await run(["metrics", file, ...COUNT, "-O", out])).exit).toBe(1);
    expect(readFileSync(out, "utf8")).toBe("old");
  });
});

describe("inspect", () => {
  it("is one JSON object with the load report's numbers", async () => {
    const file = tempFile("bad.jsonl", BAD);
    const { exit, stdout } = await run(["inspect", file, "--on-error", "skip", "-o", "json"]);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      read: 5,
      loaded: 3,
      rejected: 2,
      duplicates: 0,
      traces: 3,
      spans: 0,
      timeRange: { first: "2026-03-02T11:00:00.000Z", last: "2026-03-02T11:00:02.000Z" },
      tags: [{ key: "mlflow.traceName", rows: 3, distinct: 2 }],
    });
  });

  it("lets no hostile name reach the terminal", async () => {
    const tags = { "\u001b[2J\u202e": "\u009b31m", "\n": "\r" };
    const file = tempFile("\u001b]0;owned\u0007.jsonl", trace("\u001b[31m", 0, { tags }));
    for (const argv of [
      ["inspect", file],
      ["inspect", file, "-o", "json"],
      ["inspect", `${file}x`],
    ]) {
      const { stdout, stderr } = await run(argv);
      expect(stdout + stderr).not.toMatch(UNSAFE);
    }
  });
});

describe("generate", () => {
  it("gives the same traces for the same seed, in every framing, that metrics can count", async () => {
    const flags = ["generate", "--traces", "20", "--seed", "7"];
    const [first, second, other] = [await run(flags), await run(flags), await run([...flags, "--seed", "8"])];
    expect(first).toEqual(second);
    expect(first.stdout).not.toBe(other.stdout);
    for (const framing of ["jsonl", "array", "pretty", "envelope"]) {
      const { stdout: stdin } = await run([...flags, "--framing", framing]);
      const { stdout } = await run(["metrics", "-", ...COUNT, "-q", "-o", "csv"], { stdin });
      expect([framing, stdout]).toEqual([framing, "COUNT\r\n20\r\n"]);
    }
  });

  it("ends at a size", async () => {
    const { stdout } = await run(["generate", "--size", "100kB"]);
    expect(stdout.length).toBeGreaterThanOrEqual(100_000);
  });
});
