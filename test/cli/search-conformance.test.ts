// MLflow's trace search through the command line, in strict mode: the conformance cases that a command can say.
// Answers are compared by the ids in the JSON body; refusals by exit status, code and words, with nothing on stdout.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type SearchCase, searchCases } from "../conformance/search-cases.ts";
import { scratchFolder } from "../support/bad-inputs.ts";
import { run } from "../support/cli-io.ts";
import { searchExport } from "../support/search-fixture.ts";

/** One order element with a comma has no form on the command line, which splits there. */
const sayable = searchCases().filter(({ orderBy = [] }) => orderBy.every((element) => !element.includes(",")));
const answered = sayable.flatMap((item) => (item.ids === undefined ? [] : [{ ...item, ids: item.ids }]));
const refused = sayable.flatMap(({ error, ...item }) => (error === undefined ? [] : [{ ...item, error }]));

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function commandLine(
  item: Pick<SearchCase, "id" | "traces" | "filter" | "orderBy" | "maxResults" | "pageToken">,
): string[] {
  const path = join(folder, `${item.id.replace(/\W/g, "_")}.jsonl`);
  writeFileSync(path, searchExport(item.traces));
  const flags: readonly (readonly [string, unknown])[] = [
    ["--filter-string", item.filter],
    ["--order-by", item.orderBy?.join(",")],
    ["--max-results", item.maxResults],
    ["--page-token", item.pageToken],
  ];
  const given = flags.flatMap(([flag, value]) => (value === undefined || value === null ? [] : [`${flag}=${value}`]));
  return ["search", path, "--strict", "-o", "json", ...given];
}

interface Body {
  readonly traces: readonly { readonly info: { readonly trace_id: string } }[];
  readonly next_page_token: string | null;
}

describe("tracemill search", () => {
  it("can say nearly all cases", () => {
    expect(answered.length + refused.length).toBeGreaterThan(240);
  });

  it.each(answered)("$id", async (item) => {
    const { exit, stdout, stderr } = await run(commandLine(item));
    expect([exit, stderr.includes("tracemill: E_")]).toEqual([0, false]);
    const body: Body = JSON.parse(stdout);
    expect(body.traces.map(({ info }) => info.trace_id)).toEqual(item.ids);
    const token = body.next_page_token;
    const offset = token === null ? null : JSON.parse(Buffer.from(token, "base64").toString()).offset;
    if (item.nextOffset !== undefined) expect(offset).toBe(item.nextOffset);
  });

  it.each(refused)("$id: refused", async (item) => {
    const { exit, stdout, stderr } = await run(commandLine(item));
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^tracemill: E_(REQUEST|FILTER_[A-Z]+): /);
    expect(stderr).toMatch(item.error);
  });
});
