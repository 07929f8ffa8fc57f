// `tracemill search` and `tracemill get`: what they print in each format, paging, fields, and what they refuse.

import { describe, expect, it } from "vitest";
import { run } from "../support/cli-io.ts";
import { tempFile } from "../support/temp-dir.ts";

const SPANS =
  '[{"span_id": "0000000000000001", "name": "plan", "start_time_unix_nano": 1772442000000000000, "end_time_unix_nano": 1772442000250000000, "attributes": {"mlflow.spanType": "\\"AGENT\\""}},' +
  ' {"span_id": "0000000000000002", "parent_span_id": "0000000000000001", "name": "look\\u001b[31mup", "start_time_unix_nano": 1772442000000000000, "end_time_unix_nano": null, "status": {"code": "STATUS_CODE_ERROR", "message": "no such order"}},' +
  ' {"span_id": "0000000000000003", "parent_span_id": "0000000000000002", "name": "deep", "start_time_unix_nano": 1772442000000000000, "end_time_unix_nano": 1772442000000001000},' +
  ' {"span_id": "0000000000000004", "parent_span_id": "0000000000000001", "name": "answer", "start_time_unix_nano": 1772442000000000000, "end_time_unix_nano": 1772442002000000000}]';
const A = `{"info": {"trace_id": "a", "request_time": "2026-03-02T09:00:00Z", "state": "OK", "execution_duration_ms": 250, "tags": {"mlflow.traceName": "chat"}, "request_preview": "a question that is long enough"}, "data": {"spans": ${SPANS}}}`;
const B =
  '{"info": {"trace_id": "b", "request_time": "2026-03-02T10:00:00Z", "state": "ERROR", "execution_duration_ms": 2345}, "data": {"spans": []}}';

const file = () => tempFile("t.jsonl", `${A}\n${B}\n`);
const search = (...argv: readonly string[]) => run(["search", file(), "-q", ...argv]);
const FEW = [
  "--extract-fields",
  "info.trace_id,info.execution_duration_ms,data.spans.*.name",
  "--filter-string",
  "trace_id = 'a'",
];

describe("tracemill search", () => {
  it("draws MLflow's columns, newest first, with the duration shown right", async () => {
    const { stdout } = await search();
    expect(stdout.split("\n")).toEqual([
      "info.trace_id  info.request_time        info.state  info.execution_duration_ms  info.request_preview  info.response_preview",
      "-------------  -----------------------  ----------  --------------------------  --------------------  ---------------------",
      "b              2026-03-02 10:00:00 UTC  ERROR       2.3s                        N/A                   N/A",
      "a              2026-03-02 09:00:00 UTC  OK          250ms                       a question that i...  N/A",
      "",
    ]);
    expect((await search("--filter-string", "trace_id = 'none'")).stdout).toBe("No traces found.\n");
  });

  it("draws MLflow's own table in strict mode", async () => {
    const { stdout } = await search("--strict", "--extract-fields", "info.trace_id,info.state", "--max-results", "1");
    const rule = "---------------  ------------";
    expect(stdout).toBe(
      `info.trace_id    info.state  \n${rule}\nb                ERROR       \n\nNext page token: eyJvZmZzZXQiOiAxfQ==\n`,
    );
    expect((await search("--strict", "--filter-string", "status = 'x'")).stdout).toBe("\n\n");
  });

  it("writes whole traces as JSON, the record's tokens as they stand", async () => {
    const { stdout } = await search("-o", "json");
    expect(JSON.parse(stdout)).toEqual({ traces: [JSON.parse(B), JSON.parse(A)], next_page_token: null });
    expect(stdout.startsWith('{\n  "traces": [\n    {\n      "info": {\n        "trace_id": "b",\n')).toBe(true);
    expect((await search("-o", "jsonl")).stdout).toBe(`${B}\n${A}\n`);
    expect(JSON.parse((await search("-o", "json", "--no-include-spans")).stdout).traces[1].data).toEqual({ spans: [] });
    expect((await search("-o", "jsonl", "--no-include-spans", "--include-spans")).stdout).toBe(`${B}\n${A}\n`);
    expect((await search("-o", "json", "--filter-string", "trace_id = 'x'")).stdout).toBe(
      '{\n  "traces": [],\n  "next_page_token": null\n}\n',
    );
  });

  it("writes chosen fields in every format", async () => {
    expect((await search(...FEW, "-o", "jsonl")).stdout).toBe(
      '{"info": {"trace_id": "a", "execution_duration_ms": 250}, "data": {"spans": [{"name": "plan"}, {"name": "look\\u001b[31mup"}, {"name": "deep"}, {"name": "answer"}]}}\n',
    );
    expect((await search(...FEW, "-o", "csv")).stdout).toBe(
      'info.trace_id,info.execution_duration_ms,data.spans.*.name\r\na,250,"[""plan"", ""look\\u001b[31mup"", ""deep"", ""answer""]"\r\n',
    );
    expect((await search(...FEW, "-o", "markdown")).stdout).toContain(
      "| a | 250ms | plan, look\\\\u001b\\[31mup, deep, ... (+1 more) |\n",
    );
  });

  it("says of an empty answer which key no trace has, and the one that is there when it was loaded", async () => {
    const traces = ["dev", "prod"].map((env, at) =>
      JSON.stringify({ trace_id: `t${at}`, request_time: "2026-03-02T09:00:00Z", state: "OK", tags: { env } }),
    );
    const ask = (filter: string, source: string) =>
      run(["search", source, "--filter-string", filter], { stdin: traces.join("\n") });
    const path = tempFile("t.jsonl", traces.join("\n"));
    expect((await ask("tag.evn = 'dev'", path)).stderr).toContain(
      "warning: no trace has tag.evn: inspect lists the keys\n",
    );
    expect((await ask("tag.evn = 'dev'", "-")).stderr).toContain(
      "warning: no trace has tag.evn: did you mean tag.env?\n",
    );
    expect((await ask("span.attributes.x = 'dev' OR tag.env = 'x'", path)).stderr).not.toContain("has tag.env");
    for (const filter of ["tag.env = 'test'", "tag.evn IS NULL"]) {
      expect((await ask(filter, path)).stderr).not.toContain("warning");
    }
  });

  it("goes on with a page token, of its own query alone", async () => {
    const first = JSON.parse((await search("-o", "json", "--max-results", "1")).stdout);
    const next = await search("-o", "jsonl", "--page-token", first.next_page_token);
    expect(next.stdout).toBe(`${A}\n`);
    const other = await search("--page-token", first.next_page_token, "--filter-string", "status = 'OK'");
    expect([other.exit, other.stderr]).toEqual([2, expect.stringContaining("E_REQUEST: Invalid page token")]);
  });

  it("refuses fields that the first trace does not have", async () => {
    const { exit, stdout, stderr } = await search("--extract-fields", "info.trace_id,info.nope", "-o", "json");
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(
      /^tracemill: E_USAGE: Invalid field path\(s\): info\.nope\n[\s\S]*• info\.nope\n[\s\S]*--verbose/,
    );
    const verbose = await search("--extract-fields", "info.nope", "--verbose");
    expect(verbose.stderr).toContain("• info.execution_duration_ms");
  });

  it("explains its plan", async () => {
    const { stdout } = await search("--filter-string", "status = 'OK'", "--explain=analyze");
    expect(stdout).toMatch(/^plan\nlimit 100\n {2}sort [\s\S]*optimised [\s\S]*analyze\n/);
  });

  it("takes look-around under --regex js alone", async () => {
    const filter = "name RLIKE '^(?!zzz)' OR trace_id RLIKE '^(?=a)'";
    const refused = await search("--filter-string", filter, "-o", "jsonl");
    expect([refused.exit, refused.stderr]).toEqual([2, expect.stringContaining("--regex js")]);
    for (const more of [[], ["--strict"]]) {
      const found = await search(
        "--filter-string",
        "request_id RLIKE '^(?=a)'",
        "--regex",
        "js",
        "-o",
        "jsonl",
        ...more,
      );
      expect(found.stdout).toBe(`${A}\n`);
    }
    const metrics = ["metrics", file(), "-m", "trace_count", "-a", "COUNT", "-o", "csv"];
    const counted = await run([...metrics, "-f", "trace_id RLIKE '^(?=a)'", "--regex", "js"]);
    expect(counted.stdout).toBe("COUNT\r\n1\r\n");
    const explained = await search("--filter-string", "trace_id RLIKE '^(?=a)'", "--regex", "js", "--explain");
    expect(explained.stdout).toContain("RLIKE '^(?=a)' (js)");
    const unknown = await search("--regex", "pcre");
    expect([unknown.exit, unknown.stderr]).toEqual([2, expect.stringContaining("linear, js")]);
  });

  it("warns of a pattern that matches nothing in strict mode, and of traces that it rebuilt", async () => {
    const warned = await run(["search", file(), "--strict", "--filter-string", "name RLIKE '('", "-o", "jsonl"]);
    expect([warned.exit, warned.stdout, warned.stderr]).toEqual([
      0,
      "",
      expect.stringContaining("warning: the regular expression"),
    ]);
    const piped = await run(["search", "-", "-o", "jsonl"], { stdin: `${A}\n${B}\n` });
    expect(piped.stderr).toContain("warning: 2 traces were rebuilt from columns");
    expect(
      piped.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).info.trace_id),
    ).toEqual(["b", "a"]);
    const kept = await run(["search", "-", "-o", "jsonl", "--payload", "keep"], { stdin: `${A}\n${B}\n` });
    expect(kept.stdout).toBe(`${B}\n${A}\n`);
  });
});

describe("tracemill get", () => {
  it("prints a trace as JSON, or chosen fields of it", async () => {
    const { stdout } = await run(["get", file(), "-q", "--trace-id", "a"]);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(A));
    const chosen = await run(["get", file(), "-q", "--trace-id", "a", "--extract-fields", "info.state", "-o", "jsonl"]);
    expect(chosen.stdout).toBe('{"info": {"state": "OK"}}\n');
  });

  it("draws the tree of spans", async () => {
    const { stdout } = await run(["get", file(), "-q", "--trace-id", "a", "-o", "tree"]);
    expect(stdout.split("\n")).toEqual([
      "a  OK  250 ms",
      "plan  AGENT  250 ms",
      "├─ look\\u001b[31mup  ERROR  open  no such order",
      "│  └─ deep  0 ms",
      "└─ answer  2.00 s",
      "",
    ]);
  });

  it("says that a trace is not there", async () => {
    const { exit, stderr } = await run(["get", file(), "-q", "--trace-id", "zz"]);
    expect([exit, stderr]).toEqual([1, expect.stringMatching(/^tracemill: E_NOT_FOUND: [^\n]*zz[^\n]*\n$/)]);
  });
});

describe("integers beyond 2^53", () => {
  const record = (id: string, duration: string) =>
    `{"trace_id": "${id}", "request_time": "2026-03-02T09:00:00Z", "state": "OK", "execution_time_ms": ${duration}}\n`;
  const stdin = record("x", "9007199254740993") + record("y", "9007199254740994") + record("z", "9223372036854775807");
  const found = async (...argv: readonly string[]) => {
    const { stdout } = await run(["search", tempFile("t.jsonl", stdin), "-q", "-o", "jsonl", ...argv]);
    return [...stdout.matchAll(/"trace_id": "(.)"/g)].map(([, id]) => id).join("");
  };

  it.each([
    ["execution_time_ms > 9007199254740993", "yz"],
    ["execution_time_ms = 9007199254740993", "x"],
    ["execution_time_ms != 9007199254740993", "yz"],
    ["execution_time_ms <= 9007199254740993.0", ""],
    ["execution_time_ms < 9223372036854775807", "xy"],
    ["execution_time_ms >= 9.3e18", ""],
  ])("%s, in both modes", async (filter, ids) => {
    expect([await found("--filter-string", filter), await found("--strict", "--filter-string", filter)]).toEqual([
      ids,
      ids,
    ]);
  });

  it.each([
    ["--filter-string", "execution_time_ms IN (9007199254740993, 9223372036854775806)", "x"],
    ["--filter-string", "execution_time_ms BETWEEN 9007199254740994 AND 9223372036854775806", "y"],
    ["--filter-string", "NOT execution_time_ms = 9007199254740994", "xz"],
    ["--order-by", "execution_time_ms DESC", "zyx"],
  ])("%s %s", async (flag, value, ids) => expect(await found(flag, value)).toBe(ids));

  it("quoted, compares as SQLite does in strict mode", async () => {
    expect(await found("--strict", "--filter-string", "execution_time_ms > '9007199254740993'")).toBe("yz");
  });

  it("prints every digit, also of a trace that is rebuilt from its columns", async () => {
    for (const payload of [[], ["--payload", "drop"]]) {
      const { stdout } = await run(["search", "-", "-q", "-o", "jsonl", ...payload], { stdin });
      const digits = [...stdout.matchAll(/"execution_duration_ms": (\d+)/g)].map(([, text]) => text);
      expect(digits).toEqual(["9007199254740993", "9007199254740994", "9223372036854775807"]);
    }
  });
});
