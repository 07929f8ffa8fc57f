// JSONTestSuite through the whole loader: its documents as files, and as values inside a valid record.
// The rows L028b, L028c and L029b of bad-inputs.jsonl; the scanner's own verdicts are in test/json/.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EngineError, memoryInput, open } from "../../src/index.ts";
import { sharedPath } from "../support/shared.ts";

const FOLDER = sharedPath("JSONTestSuite/test_parsing");
const names = (prefix: string): string[] =>
  FOLDER === undefined ? [] : readdirSync(FOLDER).filter((name) => name.startsWith(prefix));
const bytesOf = (name: string): Uint8Array => readFileSync(join(FOLDER ?? "", name));

/** What loading gives: the number of loaded records, or the error's code. */
async function verdict(bytes: Uint8Array): Promise<number | string> {
  try {
    return (await open([memoryInput("suite.json", bytes)])).report.loaded;
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
}

describe.skipIf(FOLDER === undefined)("JSONTestSuite through the loader (needs the shared test data)", () => {
  it("L028b: no y_ file is a syntax, truncation or UTF-8 error", async () => {
    expect(names("y_")).toHaveLength(95);
    for (const name of names("y_"))
      expect([name, await verdict(bytesOf(name))]).toEqual([name, expect.toSatisfy(isUnknownOrEmpty)]);
  });

  it("L028c: each y_ document loads as a value inside a record", async () => {
    const before = Buffer.from('{"trace_id":"a","request_time":"2026-01-01T00:00:00Z","x":');
    for (const name of names("y_")) {
      expect([name, await verdict(Buffer.concat([before, bytesOf(name), Buffer.from("}")]))]).toEqual([name, 1]);
    }
  });

  it("L029b: no n_ file loads a record, and four are empty", async () => {
    expect(names("n_")).toHaveLength(188);
    const empty: string[] = [];
    for (const name of names("n_")) {
      const found = await verdict(bytesOf(name));
      if (found === 0) empty.push(name);
      else
        expect([name, found]).toEqual([
          name,
          expect.stringMatching(/^E_(JSON_SYNTAX|JSON_NONFINITE|TRUNCATED|UTF8|DEPTH|FORMAT_UNKNOWN)$/),
        ]);
    }
    expect(empty.sort()).toEqual([
      "n_single_space.json",
      "n_structure_UTF8_BOM_no_data.json",
      "n_structure_double_array.json",
      "n_structure_no_data.json",
    ]);
  });
});

function isUnknownOrEmpty(found: number | string): boolean {
  return found === 0 || found === "E_FORMAT_UNKNOWN";
}
