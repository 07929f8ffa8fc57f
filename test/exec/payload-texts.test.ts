// Text search over payload: whatever the writer escapes, a pattern matches what it matches on the decoded text; the short
// ways over raw bytes never give another answer.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryInput, open, type Store } from "../../src/index.ts";
import { runs } from "../support/runs.ts";

/** Characters that meet in escapes: letters and digits of `\n` and `\u0061`, quotes, backslashes, line ends. */
const piece = fc.constantFrom(
  "n",
  "u",
  "0",
  "6",
  "1",
  "a",
  "na",
  "u0061",
  "\\",
  '"',
  "\n",
  "é",
  "😀",
  ".",
  "-",
  " ",
  "{",
  "[",
);
const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
const needle = fc.array(fc.constantFrom("n", "u", "0", "6", "1", "a", ".", "é", "u0061"), {
  minLength: 1,
  maxLength: 3,
});

type Style = "plain" | "ascii" | "all";

/** JSON text with no more escapes than it needs, with all that is not ASCII escaped, or with every letter escaped. */
function written(json: string, style: Style): string {
  if (style === "plain") return json;
  const pattern = style === "ascii" ? /[\u007f-\uffff]/g : /(?<!\\|\\u[0-9a-f]{0,3})[a-z\u007f-\uffff]/g;
  return json.replace(pattern, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const styles = fc.constantFrom<Style>("plain", "ascii", "all");

function record(id: string, value: string, [inner, outer]: readonly [Style, Style]): string {
  const attribute = written(
    JSON.stringify(written(JSON.stringify({ q: value }), inner === "all" ? "ascii" : inner)),
    outer === "all" ? "ascii" : outer,
  );
  const preview = written(JSON.stringify(value), outer);
  return `{"info":{"trace_id":"${id}","request_time":"2026-01-01T00:00:00Z","request_preview":${preview}},"data":{"spans":[{"span_id":"${id}","name":"x","start_time_unix_nano":1,"attributes":{"k":${attribute}}}]}}\n`;
}

/** The store asked last: loading takes longer than a search, and most lines are searched several times in a row. */
let last: { readonly lines: string; readonly store: Store } | undefined;

async function found(lines: string, filter: string): Promise<readonly string[]> {
  if (last?.lines !== lines) {
    const store = await open([memoryInput("x", new TextEncoder().encode(lines))], { payload: "keep" });
    last = { lines, store };
  }
  const { store } = last;
  const { traces } = await store.searchTraces({ filterString: filter, orderBy: "request_id" });
  return traces.map(({ traceId }) => traceId);
}

describe("text search", () => {
  it("finds what people read, in spans and previews", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, styles, styles), { minLength: 1, maxLength: 5 }),
        needle,
        async (items, parts) => {
          const wanted = parts.join("");
          const lines = items.map(([value, inner, outer], at) => record(`t${at}`, value, [inner, outer])).join("");
          const holds = (pattern: (value: string) => boolean) =>
            items.flatMap(([value], at) => (pattern(value) ? [`t${at}`] : []));
          const spans = holds((value) => `{"q":"${value}"}`.includes(wanted));
          // Names of members, ids and the name x hold none of the needles but by their letters.
          const others = [
            "span_id",
            "name",
            "start_time_unix_nano",
            "attributes",
            "x",
            "k",
            "q",
            "1",
            "t0",
            "t1",
            "t2",
            "t3",
            "t4",
          ];
          fc.pre(!others.some((other) => other.includes(wanted)));
          expect(await found(lines, `trace.text LIKE '%${wanted}%'`)).toEqual(spans);
          expect(await found(lines, `request_preview LIKE '%${wanted}%'`)).toEqual(
            holds((value) => value.includes(wanted)),
          );
          expect(await found(lines, `request_preview LIKE '${wanted}%'`)).toEqual(
            holds((value) => value.startsWith(wanted)),
          );
        },
      ),
      { numRuns: runs(100) },
    );
  });

  it("gives what decoding every text gives", async () => {
    const words = fc.constantFrom(
      "a",
      "n",
      "U",
      "u0061",
      " ",
      ",",
      ":",
      "[",
      "]",
      "{",
      "<",
      "é",
      '"',
      "\\",
      "\n",
      "true ]",
    );
    const texts = fc.array(words, { maxLength: 8 }).map((parts) => parts.join(""));
    const wanted = fc.array(fc.constantFrom("a", "n", "u", "N", " ", ",", ": ", "[", "]", "{", "<", "true", "a b"), {
      minLength: 1,
      maxLength: 4,
    });
    const spaced = (json: string): string =>
      json.replaceAll('":', '" : ').replaceAll("]", " ]").replaceAll("{", "{ ").replaceAll("\\u003c", "\\u003C");
    const row = fc.tuple(texts, styles, styles, fc.boolean(), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 5 }), wanted, async (rows, parts) => {
        const lines = rows.map(([value, inner, outer, isSpaced, isAscii], at) => {
          const line = record(`t${at}`, value, [inner, outer]);
          const own = isSpaced ? spaced(line) : line;
          return isAscii ? own.replaceAll("<", "\\u003c") : own;
        });
        const needle = parts.join("");
        const pattern = needle.replace(/[^A-Za-z ]/g, "\\$&");
        for (const field of ["trace.text", "request_preview"]) {
          const slow = await found(lines.join(""), `${field} RLIKE '${pattern}'`);
          expect(await found(lines.join(""), `${field} LIKE '%${needle}%'`)).toEqual(slow);
          const folded = await found(lines.join(""), `${field} RLIKE '(?i)${pattern}'`);
          expect(await found(lines.join(""), `${field} ILIKE '%${needle}%'`)).toEqual(folded);
        }
      }),
      { numRuns: runs(50) },
    );
  });

  it("finds quotes, line ends and accents", async () => {
    const lines = record("a", 'say "hi"\nC:\\new é', ["ascii", "ascii"]);
    for (const wanted of ['say "hi"', 'hi"\nC:', "C:\\\\new", "w é"]) {
      expect(await found(lines, `trace.text LIKE '%${wanted}%'`)).toEqual(["a"]);
      expect(await found(lines, `NOT request_preview LIKE '%${wanted}%'`)).toEqual([]);
    }
  });

  it("keeps a missing text apart from one that does not match", async () => {
    const bare = '{"info":{"trace_id":"b","request_time":"2026-01-01T00:00:00Z"},"data":{"spans":[]}}\n';
    const lines = record("a", "yes", ["plain", "plain"]) + bare;
    expect(await found(lines, "request_preview LIKE '%no%'")).toEqual([]);
    expect(await found(lines, "request_preview NOT LIKE '%no%'")).toEqual(["a"]);
    expect(await found(lines, "request_preview IS NULL")).toEqual(["b"]);
    expect(await found(lines, "request_preview = 'yes' OR request_preview IN ('x')")).toEqual(["a"]);
    expect(await found(lines, "request_preview RLIKE '^y.s$'")).toEqual(["a"]);
  });
});
