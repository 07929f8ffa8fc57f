// The files of JSONTestSuite as sources: framing keeps the scanner's verdict, and loses no file in silence.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sharedPath } from "../support/shared.ts";
import { collect, faultsOf, recordsOf } from "./collect.ts";

const folder = sharedPath("JSONTestSuite/test_parsing");
const files = (letter: string): string[] =>
  folder === undefined ? [] : readdirSync(folder).filter((name) => name.startsWith(`${letter}_`));
const read = (name: string): Buffer => readFileSync(join(folder ?? "", name));

/** Files that are bad as a document, and hold no record and no fault as a source. */
const EMPTY = [
  "n_single_space.json",
  "n_structure_UTF8_BOM_no_data.json",
  "n_structure_double_array.json",
  "n_structure_no_data.json",
];

describe.skipIf(folder === undefined)("JSONTestSuite as files", () => {
  it("y_ files give no fault", async () => {
    expect(files("y").length).toBe(95);
    for (const name of files("y")) expect(faultsOf(await collect(read(name), { chunkBytes: 3 })), name).toEqual([]);
  });

  it("n_ files give a fault, or a value before it that no format knows", async () => {
    expect(files("n").length).toBe(188);
    const silent: string[] = [];
    for (const name of files("n")) {
      const seen = await collect(read(name));
      if (seen.length === 0) silent.push(name);
      else if (!name.includes("trailing"))
        expect(faultsOf(seen).length + recordsOf(seen).length, name).toBeGreaterThan(0);
      for (const { code } of faultsOf(seen)) {
        expect(["E_JSON_SYNTAX", "E_JSON_NONFINITE", "E_TRUNCATED", "E_UTF8", "E_DEPTH"], name).toContain(code);
      }
    }
    expect(silent.sort()).toEqual(EMPTY);
  });

  it("i_ files are refused where they are no UTF-8", async () => {
    expect(files("i").length).toBe(35);
    const refused: string[] = [];
    for (const name of files("i")) if (faultsOf(await collect(read(name))).length > 0) refused.push(name);
    expect(refused.length).toBe(13);
    for (const name of refused) expect(name).toMatch(/utf|UTF|latin|unicode|overlong/);
  });
});
