// Steps from the root: chains, several roots, orphans, cycles, and a search that uses them.

import { describe, expect, it } from "vitest";
import { memoryInput, open } from "../../src/index.ts";

const span = (id: string, parent: string | null): object => ({
  span_id: id,
  parent_id: parent,
  name: id,
  start_time_unix_nano: 1,
  attributes: {},
});
const trace = (id: string, spans: readonly object[]): string =>
  JSON.stringify({ info: { request_id: id, timestamp_ms: 1, status: "OK" }, data: { spans } });

describe("span.depth", () => {
  it("counts steps from the root, whatever the order", async () => {
    const spans = [
      span("c", "b"),
      span("b", "a"),
      span("a", null),
      span("d", "a"),
      span("lost", "nowhere"),
      span("e", "lost"),
    ];
    const store = await open([memoryInput("x", Buffer.from(trace("t", spans)))]);
    const table = await store.table("spans");
    expect([...(table.getChild("depth") ?? [])]).toEqual([2, 1, 0, 1, 0, 1]);
  });

  it("ends on cycles", async () => {
    const store = await open([
      memoryInput("x", Buffer.from(trace("t", [span("a", "b"), span("b", "a"), span("s", "s")]))),
    ]);
    expect([...((await store.table("spans")).getChild("depth") ?? [])]).toEqual([0, 1, 0]);
  });

  it("is searched for", async () => {
    const lines = [trace("flat", [span("a", null)]), trace("deep", [span("a", null), span("b", "a"), span("c", "b")])];
    const store = await open([memoryInput("x", Buffer.from(lines.join("\n")))]);
    const ids = async (filterString: string): Promise<string[]> =>
      (await store.searchTraces({ filterString })).traces.map(({ info }) => info.trace_id as string);
    expect(await ids("span.depth >= 2")).toEqual(["deep"]);
    expect(await ids("span.is_root = true AND span.name = 'a'")).toEqual(["deep", "flat"]);
    expect(await ids("span.is_root = false")).toEqual(["deep"]);
  });
});
