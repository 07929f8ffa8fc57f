// Random exports as bytes: good records and bad ones, in every framing, cut, compressed or not.
// Called by tests that load one input in several ways. Ids repeat, keys of maps come and go, so that duplicates, rejects
// and the order of first appearance meet often.

import { gzipSync } from "node:zlib";
import fc from "fast-check";

const text = fc.constantFrom("", "a", "b", "näme", "\u{1f600}", "x\ny", 'q"\\', "__proto__", "a long text ".repeat(20));
const keyed = fc.dictionary(fc.constantFrom("env", "k1", "k2", "a.b", "__proto__", "10"), fc.option(text), {
  maxKeys: 4,
});
/** Now and then beyond 2^53, so that some parts of a column of integers are int64. */
const tokens = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("12", "0", "-3", "1.5", '"7"', "null") },
  { weight: 1, arbitrary: fc.constantFrom("9007199254740993", "9223372036854775807", "9223372036854775808") },
);
const metadata = fc
  .tuple(keyed, fc.option(tokens))
  .map(([entries, count]) =>
    count === null ? entries : { ...entries, "mlflow.trace.tokenUsage": `{"input_tokens": ${count}}` },
  );
const startNs = fc.integer({ min: 0, max: 5_000 }).map((ms) => 1_767_225_600_000_000_000 + ms * 1_000_000);

const span = fc.record(
  {
    span_id: fc.constantFrom("a1", "a2", "b1", "b2", "zz"),
    parent_span_id: fc.constantFrom(null, "a1", "b1", "none"),
    name: text,
    start_time_unix_nano: startNs,
    end_time_unix_nano: fc.option(startNs),
    status: fc.constantFrom({ code: "STATUS_CODE_OK" }, { code: "STATUS_CODE_ERROR", message: "m" }, null),
    attributes: keyed,
    inputs: text,
  },
  { requiredKeys: ["span_id", "name", "start_time_unix_nano"] },
);

const assessment = fc.record({
  assessment_name: fc.constantFrom("correct", "score", ""),
  feedback: fc.record({ value: fc.oneof(fc.integer(), text, fc.constant(null)) }),
  create_time: fc.constantFrom("2026-01-01T00:00:00Z", "no time"),
});

const info = fc.record(
  {
    trace_id: fc.integer({ min: 0, max: 25 }).map((n) => `tr-${n}`),
    request_time: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-02T03:04:05.678Z", "1969-12-31T23:59:59Z"),
    execution_duration: fc.constantFrom("1.5s", "0.25s", "-1s", "late"),
    state: fc.constantFrom("OK", "ERROR", "IN_PROGRESS"),
    tags: keyed,
    trace_metadata: metadata,
    assessments: fc.array(assessment, { maxLength: 2 }),
    request_preview: text,
  },
  { requiredKeys: ["trace_id", "request_time"] },
);

const goodRecord = fc.oneof(
  { weight: 8, arbitrary: fc.record({ info, data: fc.record({ spans: fc.array(span, { maxLength: 4 }) }) }) },
  { weight: 1, arbitrary: fc.record({ info }) },
);

/** Records that are JSON and are refused for what they say. */
const refusedRecord = fc.constantFrom<unknown>({}, { a: 1 }, 7, "text", null, [], { info: { trace_id: "t" }, data: 1 });

/** What is no JSON document, by way of the text of one. */
const damage = fc.constantFrom<(json: string) => string>(
  (json) => json.slice(0, -1),
  (json) => `${json}}`,
  (json) => json.replace(":", ""),
  (json) => json.replace('"', "'"),
  (json) => `${json.slice(0, 5)}\u0001${json.slice(5)}`,
  (json) => json.replace(/"tr-\d+"/, "NaN"),
  (json) => `${json}[`,
  () => "2026-01-01 a line of a log",
  () => "",
);

interface DrawnRecord {
  readonly value: unknown;
  readonly damage: ((json: string) => string) | undefined;
  /** Bytes that are not UTF-8, in a text. */
  readonly isTorn: boolean;
}

/** `badness`: how many of a hundred records are damaged. */
function someRecord(badness: number): fc.Arbitrary<DrawnRecord> {
  const good = goodRecord.map((value) => ({ value, damage: undefined, isTorn: false }));
  const bad = fc.oneof(
    refusedRecord.map((value) => ({ value, damage: undefined, isTorn: false })),
    fc.tuple(goodRecord, damage).map(([value, how]) => ({ value, damage: how, isTorn: false })),
    goodRecord.map((value) => ({ value, damage: undefined, isTorn: true })),
  );
  return fc.oneof({ weight: 100 - badness, arbitrary: good }, { weight: badness, arbitrary: bad });
}

/** How records become a file. */
const FRAMINGS = {
  lines: (texts: readonly string[]) => texts.map((one) => `${one}\n`).join(""),
  "lines, the last one open": (texts: readonly string[]) => texts.join("\n"),
  "lines with CR LF and a byte order mark": (texts: readonly string[]) => `\ufeff${texts.join("\r\n\r\n")}`,
  array: (texts: readonly string[]) => `[${texts.join(",")}]`,
  "array of lines": (texts: readonly string[]) => `[\n${texts.join(",\n")}\n]\n`,
  documents: (texts: readonly string[]) => texts.join(""),
  envelope: (texts: readonly string[]) => `{"traces": [${texts.join(", ")}], "next_page_token": null}`,
  envelopes: (texts: readonly string[]) => texts.map((one) => `{"traces": [${one}]}\n`).join(" "),
  "lines, then an array": (texts: readonly string[]) =>
    `${texts.slice(0, 2).join("\n")}\n[${texts.slice(2).join(",")}]`,
  "an array, then documents": (texts: readonly string[]) =>
    `[${texts.slice(0, 2).join(",")}]\n${texts.slice(2).join("\n")}`,
} as const;

/** One file of an export. */
export interface ExportFile {
  readonly bytes: Uint8Array;
  /** For a failure's message: framing and text. */
  readonly shown: string;
}

/** A file; about a third of all are damaged somewhere. */
export function someExport(maxRecords: number): fc.Arbitrary<ExportFile> {
  const records = fc.constantFrom(0, 0, 8).chain((badness) => fc.array(someRecord(badness), { maxLength: maxRecords }));
  return fc
    .record({
      records,
      framing: fc.constantFrom(...(Object.keys(FRAMINGS) as (keyof typeof FRAMINGS)[])),
      isPretty: fc.boolean(),
      cut: fc.oneof(
        { weight: 6, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
      ),
      compression: fc.constantFrom("none", "none", "none", "gzip", "cut gzip"),
    })
    .map(({ records: drawn, framing, isPretty, cut, compression }) => {
      const texts = drawn.map((one) => {
        const json = JSON.stringify(one.value, null, isPretty ? 2 : 0);
        const torn = one.isTorn ? json.replace(/"name": ?"/, (found) => `${found}\ufffe`) : json;
        return one.damage?.(torn) ?? torn;
      });
      const shown = FRAMINGS[framing](texts);
      const whole = Buffer.from(shown);
      // U+FFFE stands for a byte that is not UTF-8, so that lengths stay.
      for (let at = whole.indexOf("\ufffe"); at >= 0; at = whole.indexOf("\ufffe", at)) whole.fill(0xff, at, at + 3);
      const bytes = whole.subarray(0, Math.round(whole.length * cut));
      if (compression === "none") return { bytes, shown: `${framing}: ${shown.slice(0, bytes.length)}` };
      const packed = gzipSync(bytes);
      const end = compression === "gzip" ? packed.length : Math.floor(packed.length * 0.8);
      return { bytes: packed.subarray(0, end), shown: `${compression} ${framing}: ${shown.slice(0, bytes.length)}` };
    });
}
