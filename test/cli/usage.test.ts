// Usage: refusals with their exact line, suggestions, help and version; nothing on standard output after a refusal.
import { describe, expect, it } from "vitest";
import { GENERATE } from "../../src/cli/generate.ts";
import { INSPECT } from "../../src/cli/inspect.ts";
import { METRICS } from "../../src/cli/metrics.ts";
import { run } from "../support/cli-io.ts";
import { tempFile } from "../support/temp-dir.ts";

const METRIC = ["metrics", "x.jsonl", "-m", "trace_count", "-a", "COUNT"];

describe("usage errors", () => {
  it.each<[string, readonly string[], string]>([
    ["no command", [], "no command given; commands: metrics, merge-state, search, get, inspect, generate"],
    [
      "the beginning of an option",
      ["search", "x", "--filter", "y"],
      "unknown option '--filter' (did you mean --filter-string?)",
    ],
    ["an unknown command", ["metric"], "unknown command 'metric' (did you mean metrics?)"],
    ["an unknown flag", ["--no-such-flag"], "unknown option '--no-such-flag'"],
    [
      "a slip in a flag",
      [...METRIC, "--max-result", "5"],
      "unknown option '--max-result' (did you mean --max-results?)",
    ],
    ["a flag without its value", ["inspect", "x", "-o"], "option '-o, --output <FORMAT>' argument missing"],
    ["a missing metric", ["metrics", "x.jsonl", "-a", "COUNT"], "required option '-m, --metric <NAME>' not specified"],
    ["no source", ["inspect"], "no source given; name files, directories, globs, or - for standard input"],
    [
      "an unknown output",
      [...METRIC, "-o", "yaml"],
      "--output 'yaml' is not valid: use table, json, jsonl, csv, markdown",
    ],
    [
      "an unknown format",
      ["inspect", "x", "--format", "yaml"],
      "--format 'yaml' is not valid: use auto, mlflow (otlp and langfuse are not read by this version)",
    ],
    ["a bad policy", ["inspect", "x", "--on-error", "ignore"], "--on-error 'ignore' is not valid: use stop, skip"],
    [
      "a bad size",
      [...METRIC, "--memory-limit", "10ZB"],
      "--memory-limit '10ZB' is not valid: use a size such as 512MB or 4GiB (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB)",
    ],
    ["too many threads", ["inspect", "x", "--threads", "9"], "--threads '9' is not valid: use 1 to 8"],
    ["no threads", ["inspect", "x", "--threads", "0"], "--threads '0' is not valid: use a whole number from 1 on"],
    [
      "a bad share",
      ["inspect", "x", "--max-rejects", "200%"],
      "--max-rejects '200%' is not valid: use a whole number such as 10, or a share such as 1%",
    ],
    [
      "a limit on rejects that are not skipped",
      ["inspect", "x", "--on-error", "stop", "--max-rejects", "1"],
      "--max-rejects counts skipped records, and --on-error stop skips none",
    ],
    [
      "a bad limit",
      ["inspect", "x", "--max-depth", "deep"],
      "--max-depth 'deep' is not valid: use a whole number from 1 on",
    ],
    ["a bad method", [...METRIC, "--percentiles", "fast"], "--percentiles 'fast' is not valid: use exact, tdigest"],
    ["a bad mode", [...METRIC, "--explain=all"], "--explain 'all' is not valid: use plan, analyze"],
    ["a bad count", ["generate", "--traces", "-1"], "--traces '-1' is not valid: use a number that is not negative"],
  ])("refuses %s", async (_name, argv, message) => {
    const { exit, stdout, stderr } = await run(argv);
    expect(stderr.split("\n")[0]).toBe(`tracemill: E_USAGE: ${message}`);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
  });

  it("shows hostile values escaped", async () => {
    const { stderr } = await run([...METRIC, "-o", "\u001b[31m\u202e"]);
    expect(stderr.split("\n")[0]).toContain("--output '\\u001b[31m\\u202e' is not valid");
  });

  it("takes the last of a repeated flag", async () => {
    const { stderr } = await run([...METRIC, "-o", "yaml", "-o", "json", "--percentiles", "no"]);
    expect(stderr).toContain("--percentiles 'no'");
  });

  it("takes a relative time that stands apart from its flag", async () => {
    const { stderr } = await run(["generate", "--start-time", "-24h", "--seed", "x"]);
    expect(stderr).toContain("--seed 'x'");
  });

  it("does not take a source for the mode of --explain", async () => {
    const { stderr } = await run(["metrics", "-m", "trace_count", "-a", "COUNT", "--explain", "/no/such/file.jsonl"]);
    expect(stderr).toBe("tracemill: E_IO: ENOENT: no such file or directory: /no/such/file.jsonl\n");
  });

  it("names the unknown command of help", async () => {
    const { exit, stderr } = await run(["help", "metrcs"]);
    expect({ exit, stderr }).toEqual({
      exit: 2,
      stderr:
        "tracemill: E_USAGE: unknown command 'metrcs'; commands: metrics, merge-state, search, get, inspect, generate\n" +
        "  hint: Run tracemill --help.\n",
    });
  });

  it("prints a stack under --debug only", async () => {
    const { stderr } = await run(["inspect", "--debug"]);
    expect(stderr).toMatch(/\n\s+at /);
    expect((await run(["inspect"])).stderr).not.toMatch(/\n\s+at /);
  });

  it("says what is wrong with a text file", async () => {
    const missing = await run([...METRIC, "-f", "@/no/such/filter"]);
    expect(missing).toEqual({
      exit: 1,
      stdout: "",
      stderr: "tracemill: E_IO: ENOENT: no such file or directory: /no/such/filter\n",
    });
    const path = tempFile("filter", Buffer.from([0x61, 0xff]));
    const broken = await run([...METRIC, "-f", `@${path}`]);
    expect(broken.stderr).toContain(`tracemill: E_UTF8: ${path} is not UTF-8 text\n`);
  });
});

describe("help", () => {
  it("prints the version", async () => {
    expect(await run(["--version"])).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: "",
    });
  });

  it("lists the commands", async () => {
    const { exit, stdout, stderr } = await run(["--help"]);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    for (const name of ["metrics", "inspect", "generate"]) expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  it.each([METRICS, INSPECT, GENERATE])(
    "of $name has every flag with its doc, and ends with examples",
    async (spec) => {
      const { exit, stdout } = await run([spec.name, "--help"]);
      expect(exit).toBe(0);
      for (const flag of spec.flags) expect(stdout).toContain(`--${flag.name}`);
      const last = spec.examples.at(-1);
      expect(stdout.trimEnd().endsWith(`  ${last?.[0]}\n      ${last?.[1]}`)).toBe(true);
    },
  );
});
