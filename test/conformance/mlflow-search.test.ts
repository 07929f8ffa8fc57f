// MLflow's trace search, case by case: the engine with the optimiser on, off, and without each rule, and the row-by-row
// oracle, must all give MLflow's rows in MLflow's order; what MLflow refuses is refused with its words.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineError, open, type QueryOptions, type SearchRequest, type Store } from "../../src/index.ts";
import { RULES } from "../../src/optimize/index.ts";
import { oracleSearch } from "../oracle/search-oracle.ts";
import { scratchFolder } from "../support/bad-inputs.ts";
import { searchExport } from "../support/search-fixture.ts";
import { type SearchCase, searchCases } from "./search-cases.ts";

const cases = searchCases();
const answered = cases.flatMap((item) => (item.ids === undefined ? [] : [{ ...item, ids: item.ids }]));
const refused = cases.flatMap(({ error, ...item }) => (error === undefined ? [] : [{ ...item, error }]));

/** Text search reads records back, so the fixtures are files; equal fixtures share one. */
const folder = scratchFolder();
const stores = new Map<string, Promise<Store>>();
beforeAll(() => mkdirSync(folder, { recursive: true }));
afterAll(async () => {
  for (const store of stores.values()) (await store).close();
  rmSync(folder, { recursive: true, force: true });
});

function storeOf(item: Pick<SearchCase, "traces">): Promise<Store> {
  const text = searchExport(item.traces);
  const found = stores.get(text);
  if (found !== undefined) return found;
  const path = join(folder, `${stores.size}.jsonl`);
  writeFileSync(path, text);
  const store = open(path, { strict: true });
  stores.set(text, store);
  return store;
}

function requestOf({ filter, orderBy, maxResults, pageToken }: Omit<SearchCase, "error" | "ids">): SearchRequest {
  return {
    filterString: filter,
    ...(orderBy === undefined ? {} : { orderBy }),
    ...(maxResults === undefined ? {} : { maxResults }),
    ...(pageToken === undefined ? {} : { pageToken }),
  };
}

async function engine(item: Omit<SearchCase, "error">, options: QueryOptions) {
  const store = await storeOf(item);
  const { traces, nextPageToken } = await store.searchTraces(requestOf(item), options);
  return { ids: traces.map((trace) => trace.traceId), nextPageToken };
}

function offsetIn(token: string | null): number | null {
  return token === null ? null : JSON.parse(Buffer.from(token, "base64").toString()).offset;
}

describe("MLflow trace search", () => {
  it("has cases of both kinds", () => {
    expect(answered.length).toBeGreaterThan(140);
    expect(refused.length).toBeGreaterThan(50);
  });

  it.each(answered)("$id: the oracle", (item) => {
    expect(oracleSearch(item.traces, requestOf(item))).toEqual(item.ids);
  });

  it.each(answered)("$id: the engine", async (item) => {
    const { ids, nextPageToken } = await engine(item, {});
    expect(ids).toEqual(item.ids);
    if (item.nextOffset !== undefined) expect(offsetIn(nextPageToken)).toBe(item.nextOffset);
  });

  it.each(answered)("$id: the engine without the optimiser", async (item) => {
    expect((await engine(item, { disabledRules: "all" })).ids).toEqual(item.ids);
  });

  it.each(RULES)("$name: all cases without this rule", async ({ name }) => {
    for (const item of answered) {
      expect([item.id, (await engine(item, { disabledRules: new Set([name]) })).ids]).toEqual([item.id, item.ids]);
    }
  });

  it.each(refused)("$id: refused", async (item) => {
    const store = await storeOf(item);
    const answer = store.searchTraces(requestOf({ ...item }));
    await expect(answer).rejects.toThrow(item.error);
    await expect(answer).rejects.toBeInstanceOf(EngineError);
  });
});
