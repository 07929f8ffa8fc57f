// CSV: RFC 4180, read back cell for cell by a reader written here from the grammar, and the formula guard.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CsvOptions, renderCsv } from "../../src/render/csv.ts";
import type { Grid } from "../../src/render/grid.ts";
import { hostileText } from "../support/hostile.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";

const csv = (grid: Grid, options?: CsvOptions) => [...renderCsv(grid, options)].join("");
const column = (name: string) => ({ name, kind: "text" as const });

/** RFC 4180's grammar: file = record *(CRLF record); a field is escaped or not. */
function readCsv(text: string): string[][] {
  const records: string[][] = [];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy;
  let record: string[] = [];
  for (let match = field.exec(text); match !== null; match = field.exec(text)) {
    const raw = match[1] ?? "";
    record.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (match[2] === "\r\n") {
      records.push(record);
      record = [];
    }
  }
  return records;
}

describe("renderCsv", () => {
  it("quotes what needs quotes, and nothing else", () => {
    const grid = {
      columns: [column("name"), column("v")],
      rows: [
        ['a,"b"\r\nc', "plain"],
        [" x", ""],
        [null, null],
      ],
    };
    expect(csv(grid)).toBe('name,v\r\n"a,""b""\r\nc",plain\r\n" x",""\r\n,\r\n');
  });

  it("keeps all digits, writes times as ISO text and non-finite numbers as missing", () => {
    const columns = [
      { name: "n", kind: "number" as const },
      { name: "t", kind: "time" as const },
      { name: "b", kind: "boolean" as const },
    ];
    const rows = [
      [0.1 + 0.2, 0, true],
      [Number.NaN, null, false],
      [9223372036854775807n, 1, null],
    ];
    expect(csv({ columns, rows })).toBe(
      "n,t,b\r\n0.30000000000000004,1970-01-01T00:00:00.000Z,true\r\n,,false\r\n9223372036854775807,1970-01-01T00:00:00.001Z,\r\n",
    );
  });

  it("writes a row of one missing cell so that it is still a row", () => {
    expect(csv({ columns: [column("a")], rows: [[null]] })).toBe('a\r\n""\r\n');
  });

  it("leaves formulas alone by default and guards texts, not numbers, when asked", () => {
    const columns = [column("=name"), { name: "n", kind: "number" as const }];
    const rows = ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", "\rx", "a=1"].map((text) => [text, -5]);
    expect(
      readCsv(csv({ columns, rows }))
        .slice(1)
        .map(([text]) => text),
    ).toEqual(rows.map(([text]) => text));
    expect(readCsv(csv({ columns, rows }, { safe: true }))).toEqual([
      ["'=name", "n"],
      ...["'=cmd|' /C calc'!A0", "'+1", "'-1", "'@x", "'\tx", "'\rx", "a=1"].map((text) => [text, "-5"]),
    ]);
  });

  it("gives every text back", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(hostileText, hostileText), { maxLength: 5 }), (rows) => {
        same(readCsv(csv({ columns: [column("a"), column("b")], rows })), [["a", "b"], ...rows]);
      }),
      { numRuns: runs(2_000) },
    );
  });
});
