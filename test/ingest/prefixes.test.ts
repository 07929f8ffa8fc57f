// Every prefix of an export: the records before the cut are read, nothing else is, and the cut is named.
import { isDeepStrictEqual } from "node:util";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { collect, faultsOf, recordsOf } from "./collect.ts";

const TRACES = Array.from({ length: 7 }, (_, i) => ({
  info: {
    trace_id: `tr-${i}`,
    request_time: "2026-01-01T00:00:00Z",
    tags: { "mlflow.traceName": `näme “${i}” 👩‍👧 \\ "q"` },
  },
  data: {
    spans: [
      {
        name: "a{b[c",
        start: 1767225600000000000 + i,
        ok: true,
        none: null,
        nums: [1, -2.5e3, {}],
        text: "x\ny\u2028",
      },
    ],
  },
}));
const COMPACT = TRACES.map((trace) => JSON.stringify(trace));
const PRETTY = TRACES.map((trace) => JSON.stringify(trace, null, 2));
const PAGE = { traces: TRACES.slice(0, 3), next_page_token: "abc=" };
const LAST_PAGE = { next_page_token: null, traces: TRACES.slice(3) };

const FRAMINGS: Record<string, string> = {
  lines: `${COMPACT.join("\n")}\n`,
  "lines with CR LF and a byte order mark": `\ufeff${COMPACT.join("\r\n\r\n")}\r\n`,
  array: `[${COMPACT.join(",")}]`,
  "pretty array": JSON.stringify(TRACES, null, 2),
  "pretty documents": `${PRETTY.join("\n")}\n`,
  "compact documents": COMPACT.join(""),
  "pretty envelopes": `${JSON.stringify(PAGE, null, 2)}\n${JSON.stringify(LAST_PAGE, null, 2)}\n`,
  "compact envelope": JSON.stringify({ traces: TRACES, next_page_token: null }),
};

/** Offsets after the last byte of each record, in order of the file. */
async function recordEnds(bytes: Uint8Array): Promise<number[]> {
  const seen = await collect(bytes);
  return seen.flatMap((entry) =>
    "record" in entry ? [entry.record.offset + Buffer.byteLength(entry.record.text)] : [],
  );
}

/** As toEqual(), which takes longer than reading a prefix does. */
function expectSame(found: unknown, wanted: unknown, length: number): void {
  if (!isDeepStrictEqual(found, wanted)) expect(found, `prefix ${length}`).toEqual(wanted);
}

describe("every prefix", () => {
  it.each(Object.entries(FRAMINGS))("of %s", async (_, text) => {
    const bytes = Buffer.from(text);
    const ends = await recordEnds(bytes);
    const all = recordsOf(await collect(bytes));
    expect(all.map((record) => JSON.parse(record))).toEqual(TRACES);
    expect(faultsOf(await collect(bytes))).toEqual([]);
    for (let length = 0; length < bytes.length; length++) {
      const seen = await collect(bytes.subarray(0, length), { chunkBytes: 512 });
      const complete = ends.filter((end) => end <= length).length;
      expectSame(recordsOf(seen), all.slice(0, complete), length);
      const codes = faultsOf(seen).map(({ code }) => code);
      if (codes.length > 0) expectSame(codes, ["E_TRUNCATED"], length);
    }
  });

  it.each([
    ["one member", gzipSync(FRAMINGS["lines"] ?? "")],
    ["stored", gzipSync(FRAMINGS["lines"] ?? "", { level: 0 })],
    ["a member a line", Buffer.concat(COMPACT.map((line) => gzipSync(`${line}\n`)))],
  ])("of gzip, %s", async (_, bytes) => {
    const all = recordsOf(await collect(bytes));
    expect(all.map((record) => JSON.parse(record))).toEqual(TRACES);
    let count = 0;
    for (let length = 0; length < bytes.length; length++) {
      const seen = await collect(bytes.subarray(0, length), { chunkBytes: 256 });
      const records = recordsOf(seen);
      expectSame(records, all.slice(0, records.length), length);
      if (records.length < count) expect.unreachable(`prefix ${length}: ${records.length} records, ${count} before`);
      count = records.length;
      const codes = faultsOf(seen).map(({ code }) => code);
      if (codes.length > 0) expectSame(codes, ["E_TRUNCATED"], length);
      else expectSame(length === 0 || records.length > 0, true, length);
    }
    expect(count).toBeGreaterThan(TRACES.length - 2);
  });
});
