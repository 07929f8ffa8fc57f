// JSONTestSuite (MIT, by Nicolas Seriot): the scanner's verdict on each file as one document. The ids are those of
// shared/cases/bad-inputs.jsonl. Also G1's second half at the level of the scanner: each y_ document as a member's value.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { JsonError, scanDocument, scanFile } from "../../src/json/scan.ts";
import { Tape } from "../../src/json/tape.ts";
import { sharedPath } from "../support/shared.ts";
import { OPTIONS, utf8 } from "./tape-value.ts";

const FOLDER = sharedPath("JSONTestSuite/test_parsing");
const NAMES = FOLDER === undefined ? [] : readdirSync(FOLDER);
const MAX_MS = 1000;

const ACCEPTED_I =
  /^i_(number_.*|object_key_lone_2nd_surrogate|string_(1st|incomplete|invalid_lonely|invalid_surrogate|inverted|lone_second).*|structure_.*)\.json$/;
const MAYBE_SYNTAX = ["i_string_utf16BE_no_BOM.json", "i_string_utf16LE_no_BOM.json"];

function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`${FOLDER}/${name}`));
}

/** "accepted", or the code and message of the refusal. */
function verdict(name: string): { code: string; message: string } {
  const bytes = bytesOf(name);
  const before = performance.now();
  try {
    scanFile(bytes, OPTIONS, new Tape());
    return { code: "accepted", message: "" };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    expect(error.byte).toBeLessThanOrEqual(bytes.length);
    return { code: error.code, message: error.message };
  } finally {
    expect(performance.now() - before).toBeLessThan(MAX_MS);
  }
}

function starting(prefix: string): string[] {
  return NAMES.filter((name) => name.startsWith(prefix));
}

describe.skipIf(FOLDER === undefined)("JSONTestSuite (skipped: ../shared/JSONTestSuite is absent)", () => {
  it("L028a: accepts all 95 y_ files", () => {
    const files = starting("y_");
    expect(files.length).toBe(95);
    expect(files.filter((name) => verdict(name).code !== "accepted")).toEqual([]);
  });

  it("L028c: accepts every y_ document as the value of a member", () => {
    for (const name of starting("y_")) {
      const whole = Buffer.concat([utf8('{"trace_id":"a","x":'), bytesOf(name), utf8("}")]);
      const tape = new Tape();
      scanDocument(whole, { start: 0, end: whole.length }, OPTIONS, tape);
      expect(tape.nexts[0]).toBe(tape.count);
    }
  });

  it("L029a: refuses all 188 n_ files, none of them for its own bug", () => {
    const files = starting("n_");
    expect(files.length).toBe(188);
    expect(files.filter((name) => verdict(name).code === "accepted")).toEqual([]);
  });

  it.each(["n_number_NaN.json", "n_number_infinity.json", "n_number_minus_infinity.json"])(
    "L029c: %s names the flag",
    (name) => {
      expect(verdict(name)).toEqual({ code: "E_JSON_NONFINITE", message: expect.stringContaining("--allow-nan") });
    },
  );

  it.each(["n_number_-NaN.json", "n_number_+Inf.json", "n_number_Inf.json"])("L029c: %s is a syntax error", (name) => {
    expect(verdict(name).code).toBe("E_JSON_SYNTAX");
  });

  it("L030a: accepts 22 of the 35 i_ files", () => {
    const files = starting("i_");
    expect(files.length).toBe(35);
    const accepted = files.filter((name) => verdict(name).code === "accepted");
    expect(accepted).toEqual(files.filter((name) => ACCEPTED_I.test(name)));
    expect(accepted.length).toBe(22);
  });

  it("L030b: refuses the other 13 as bytes that are not UTF-8", () => {
    const files = starting("i_").filter((name) => !ACCEPTED_I.test(name));
    expect(files.length).toBe(13);
    for (const name of files) {
      const codes = MAYBE_SYNTAX.includes(name) ? ["E_UTF8", "E_JSON_SYNTAX"] : ["E_UTF8"];
      expect(codes, name).toContain(verdict(name).code);
    }
    expect(verdict("i_string_UTF-16LE_with_BOM.json").message).toContain("looks like UTF-16LE");
  });
});
