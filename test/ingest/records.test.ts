// Framing: where records begin and end, what a bad one costs, and that chunk borders change nothing.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { documentText, mutate, mutation, traceText } from "../json/json-arbitraries.ts";
import { runs } from "../support/runs.ts";
import { type CollectOptions, collect, faultsOf, outline, recordsOf } from "./collect.ts";

/** Input, and what the sink is told. */
type Case = readonly [name: string, input: string | Uint8Array, expected: readonly string[], options?: CollectOptions];

const LINES: readonly Case[] = [
  ["nothing", "", []],
  ["white space alone", "\n\n \t\r\n", []],
  ["lines", '{"a":1}\n{"b":2}\n', ['lines 1@0 {"a":1}', 'lines 2@8 {"b":2}']],
  ["no newline at the end", '{"a":1}\n{"b":2}', ['lines 1@0 {"a":1}', 'lines 2@8 {"b":2}']],
  [
    "CR LF, blank lines and white space around records",
    '\n{"a":1}\r\n   \r\n\n\t {"b":2} \t\r\n',
    ['lines 2@1 {"a":1}', 'lines 5@18 {"b":2}'],
  ],
  ["a byte order mark, which counts", '\ufeff{"a":1}\n{"b":2}\n', ['lines 1@3 {"a":1}', 'lines 2@11 {"b":2}']],
  [
    "line separators that end no line",
    '{"a":"\u2028\u2029\u0085"}\n{}\n',
    ['lines 1@0 {"a":"\u2028\u2029\u0085"}', "lines 2@17 {}"],
  ],
  [
    "one bad line",
    '{"a":1}\n{bad\r\n{"c":3}\n',
    ['lines 1@0 {"a":1}', "E_JSON_SYNTAX 2 [8,12) @2:9", 'lines 3@14 {"c":3}'],
  ],
  [
    "a line cut in the middle",
    '{"a":1}\n{"b":\n{"c":3}\n',
    ['lines 1@0 {"a":1}', "E_JSON_SYNTAX 2 [8,13) @2:13", 'lines 3@14 {"c":3}'],
  ],
  [
    "a line cut in a string",
    '{"a":1}\n{"b":"x\n{"c":3}\n',
    ['lines 1@0 {"a":1}', "E_JSON_SYNTAX 2 [8,15) @2:15", 'lines 3@16 {"c":3}'],
  ],
  ["content after a record", '{"a":1}\n{"b":2} {"c":3}\n', ['lines 1@0 {"a":1}', "E_JSON_SYNTAX 2 [8,23) @2:16"]],
  ["a last line that is cut", '{"a":1}\n{"b":2', ['lines 1@0 {"a":1}', "E_TRUNCATED 2 [8,14) @2:8"]],
  [
    "a last line cut in a character",
    Buffer.from('{"a":1}\n{"b":"ä').subarray(0, 15),
    ['lines 1@0 {"a":1}', "E_TRUNCATED 2 [8,15) @2:8"],
  ],
  ["a last line that is bad before its end", '{"a":1}\n{bad', ['lines 1@0 {"a":1}', "E_JSON_SYNTAX 2 [8,12) @2:9"]],
  [
    "bytes that are not UTF-8",
    Buffer.from('{"a":1}\n{"b":"\xff"}\n{}\n', "latin1"),
    ['lines 1@0 {"a":1}', "E_UTF8 2 [8,17) @2:14", "lines 3@18 {}"],
  ],
  [
    "a log line",
    '{"a":1}\n10.0.0.1 - "GET"\n{"c":3}\n',
    ['lines 1@0 {"a":1}', "E_JSON_SYNTAX 2 [8,24) @2:12", 'lines 3@25 {"c":3}'],
  ],
  ["zero bytes of a preallocated file", '{"a":1}\n\0\0\0\0', ['lines 1@0 {"a":1}', "E_JSON_SYNTAX 2 [8,12) @2:8"]],
  ["an array on a line", '{"a":1}\n[{"b":2}]\n', ['lines 1@0 {"a":1}', 'lines 2@8 [{"b":2}]']],
  [
    "half a record on the first line",
    'e":1}]}\n{"b":2}\n{"c":3}\n',
    ["E_JSON_SYNTAX 1 [0,7) @1:0", 'lines 2@8 {"b":2}', 'lines 3@16 {"c":3}'],
  ],
  [
    "a first line without its bracket",
    '{"a":1\n{"b":2}\n{"c":3}\n',
    ["E_JSON_SYNTAX 1 [0,6) @2:7", 'lines 2@7 {"b":2}', 'lines 3@15 {"c":3}'],
  ],
  [
    "a first line cut in a string",
    '{"a":"x\n{"b":2}\n{"c":3}\n',
    ["E_JSON_SYNTAX 1 [0,7) @1:7", 'lines 2@8 {"b":2}', 'lines 3@16 {"c":3}'],
  ],
  ["one line that is cut", '{"a":', ["E_TRUNCATED 1 [0,5) @1:0"]],
];

const ARRAYS: readonly Case[] = [
  ["an array", '[{"a":1},{"b":2}]', ['array 1@1 {"a":1}', 'array 1@9 {"b":2}']],
  ["an array over lines", '[\n  {"a":1},\n  {\n"b":2}\n]\n', ['array 2@4 {"a":1}', 'array 3@15 {\n"b":2}']],
  ["empty arrays, one after another", '[] []\n[{"a":1}]', ['array 2@7 {"a":1}']],
  ["scalars, strings with brackets", '[1,"]}\\"",null]', ["array 1@1 1", 'array 1@3 "]}\\""', "array 1@10 null"]],
  ["arrays in an array", "[[1,2],[]]", ["array 1@1 [1,2]", "array 1@7 []"]],
  [
    "an array that is cut in an element",
    '[{"a":1},{"b":2',
    ['array 1@1 {"a":1}', "E_TRUNCATED 1 [9,15) @1:9 unread 6"],
  ],
  ["an array that is not closed", '[{"a":1}', ['array 1@1 {"a":1}', "E_TRUNCATED 1 [8,8) @1:8 unread 0"]],
  ["a trailing comma", '[{"a":1},]', ['array 1@1 {"a":1}', "E_JSON_SYNTAX 1 [9,10) @1:9 unread 1"]],
  ["no comma", '[{"a":1} {"b":2}]', ['array 1@1 {"a":1}', "E_JSON_SYNTAX 1 [9,17) @1:9 unread 8"]],
  ["a comma alone", "[,1]", ["E_JSON_SYNTAX 1 [1,4) @1:1 unread 3"]],
  [
    "a bad element ends the file",
    '[{"a":1},{b},{"c":3}]\n{"d":4}',
    ['array 1@1 {"a":1}', "E_JSON_SYNTAX 1 [9,29) @1:10 unread 20"],
  ],
  ["a string that is not closed", '[{"a":"x\n"},{}]', ["E_JSON_SYNTAX 1 [1,15) @1:8 unread 14"]],
  ["a word that is cut", "[tru]", ["E_JSON_SYNTAX 1 [1,5) @1:4 unread 4"]],
  [
    "an element with bytes that are not UTF-8 costs itself alone",
    Buffer.from('[{"a":"\xff"},{"b":2}]', "latin1"),
    ["E_UTF8 1 [1,10) @1:7", 'array 1@11 {"b":2}'],
  ],
  [
    "an element with NaN costs itself alone",
    '[{"a":NaN},{"b":2}]',
    ["E_JSON_NONFINITE 1 [1,10) @1:6", 'array 1@11 {"b":2}'],
  ],
  ["NaN where it is allowed", '[{"a":NaN}]', ['array 1@1 {"a":NaN}'], { allowNan: true }],
  ["a bracket too many", "[1]]", ["array 1@1 1", "E_JSON_SYNTAX 1 [3,4) @1:3"]],
];

const ENVELOPES: readonly Case[] = [
  [
    "traces first",
    '{"traces":[{"a":1},{"b":2}],"next_page_token":null}',
    ['envelope 1@11 {"a":1}', 'envelope 1@19 {"b":2}'],
  ],
  ["token first", '{ "next_page_token" : "x\\"]" , "traces" : [ {"a":1} ] }', ['envelope 1@44 {"a":1}']],
  [
    "pages one after another",
    '{"traces":[{"a":1}]}\n{"traces":[]}{"traces":[{"b":2}],"z":{}}',
    ['envelope 1@11 {"a":1}', 'envelope 2@45 {"b":2}'],
  ],
  ["traces that are no list", '{"traces":{"a":[]}}', ['lines 1@0 {"traces":{"a":[]}}']],
  ["a token alone", '{"next_page_token":null}', ['lines 1@0 {"next_page_token":null}']],
  [
    "a bad member after the list",
    '{"traces":[{"a":1}],"x":nul}',
    ['envelope 1@11 {"a":1}', "E_JSON_SYNTAX 1 [18,28) @1:27 unread 10"],
  ],
  [
    "an envelope that is cut",
    '{"traces":[{"a":1}],"nex',
    ['envelope 1@11 {"a":1}', "E_TRUNCATED 1 [18,24) @1:18 unread 6"],
  ],
  ["an envelope that is cut in its head", '{"next_page_token":"x', ["E_TRUNCATED 1 [0,21) @1:0"]],
  ["a second list", '{"traces":[],"traces":[{"a":1}]}{"traces":[1]}', ["E_RECORD 1 [11,32) @1:11", "envelope 1@43 1"]],
];

const PRETTY = '{\n "a": 1\n}\n{\n "b": 2,\n}\n{\n "c": [\n {"x":1}]\n}\n';
const DOCUMENTS: readonly Case[] = [
  [
    "pretty documents, one bad",
    PRETTY,
    ['documents 1@0 {\n "a": 1\n}', "E_JSON_SYNTAX 4 [12,24) @6:23", 'documents 7@25 {\n "c": [\n {"x":1}]\n}'],
  ],
  [
    "documents without separators",
    '{"a":1}{"b":2}\n{"c":3}',
    ['documents 1@0 {"a":1}', 'documents 1@7 {"b":2}', 'documents 2@15 {"c":3}'],
  ],
  [
    "garbage between documents",
    '{"a":1} {"b":2}x y\n{"c":3}',
    ['documents 1@0 {"a":1}', 'documents 1@8 {"b":2}', "E_JSON_SYNTAX 1 [15,18) @1:15", 'documents 2@19 {"c":3}'],
  ],
  [
    "a bracket that is missing",
    '{\n "a": {"b":1\n}\n{\n "b": 2\n}\n',
    ["E_JSON_SYNTAX 1 [0,16) @4:17", 'documents 4@17 {\n "b": 2\n}'],
  ],
  [
    "a string that is not closed",
    '{\n "a": "x\n}\n{\n "b": 2\n}\n',
    ["E_JSON_SYNTAX 1 [0,12) @2:10", 'documents 4@13 {\n "b": 2\n}'],
  ],
  [
    "a last document that is cut",
    '{\n "a": 1\n}\n{\n "b": 2',
    ['documents 1@0 {\n "a": 1\n}', "E_TRUNCATED 4 [12,21) @4:12"],
  ],
  ["a last document that is bad and cut", '{\n "a" 1,\n "c": [', ["E_JSON_SYNTAX 1 [0,17) @2:7"]],
  [
    "records that are indented",
    '  {\n    "a": x,\n    "b": [\n    {"no":1}\n  ]}\n  {\n    "c": 1\n  }\n',
    ["E_JSON_SYNTAX 1 [2,44) @2:13", 'documents 6@47 {\n    "c": 1\n  }'],
  ],
  [
    "a nested object at the left edge",
    '{\n"a":\n{\n"b":\n{\n"c":1}}\n}\n{\n"d":2}',
    ['documents 1@0 {\n"a":\n{\n"b":\n{\n"c":1}}\n}', 'documents 8@26 {\n"d":2}'],
  ],
  [
    "a document with bytes that are not UTF-8",
    Buffer.from('{"a":"\xff"}{"b":2}', "latin1"),
    ["E_UTF8 1 [0,9) @1:6", 'documents 1@9 {"b":2}'],
  ],
  ["scalars", "42\n", ["lines 1@0 42"]],
  ["a string and garbage", '"a" x', ["E_JSON_SYNTAX 1 [0,5) @1:4"]],
];

const LIMITS: readonly Case[] = [
  ["a line at the limit", '{"a":1}\n{"b":23}\n', ['lines 1@0 {"a":1}', 'lines 2@8 {"b":23}'], { record: 8 }],
  [
    "a line over the limit",
    '{"a":1}\n{"b":234}\n{"c":3}\n',
    ['lines 1@0 {"a":1}', "E_RECORD_TOO_LARGE 2 [8,17) @2:8", 'lines 3@18 {"c":3}'],
    { record: 8 },
  ],
  [
    "a first line over the limit",
    '{"b":234}\n{"c":3}\n{"d":4}\n',
    ["E_RECORD_TOO_LARGE 1 [0,9) @1:0", 'lines 2@10 {"c":3}', 'lines 3@18 {"d":4}'],
    { record: 8 },
  ],
  [
    "a last line over the limit",
    '{"a":1}\n{"b":234',
    ['lines 1@0 {"a":1}', "E_TRUNCATED 2 [8,16) @2:8"],
    { record: 8 },
  ],
  [
    "a last line far over the limit",
    '{"a":1}\n{"b":23456',
    ['lines 1@0 {"a":1}', "E_RECORD_TOO_LARGE 2 [8,18) @2:8"],
    { record: 8 },
  ],
  [
    "an element over the limit",
    '[{"a":1},{"b":234},{}]',
    ['array 1@1 {"a":1}', "E_RECORD_TOO_LARGE 1 [9,22) @1:9 unread 13"],
    { record: 8 },
  ],
  [
    "garbage over the limit",
    "xxxxxxxxxx\n{}\n{}",
    ["E_RECORD_TOO_LARGE 1 [0,10) @1:0", "lines 2@11 {}", "lines 3@14 {}"],
    { record: 8 },
  ],
  ["a document at the depth limit", '{"a":[[1]]}{}', ['documents 1@0 {"a":[[1]]}', "documents 1@11 {}"], { depth: 3 }],
  [
    "a document over the depth limit",
    '{}{"a":[[[1]]]}\n{}',
    ["documents 1@0 {}", "E_DEPTH 1 [2,15) @1:9", "documents 2@16 {}"],
    { depth: 3 },
  ],
  [
    "an element over the depth limit",
    "[[[1]],[[[1]]]]",
    ["array 1@1 [[1]]", "E_DEPTH 1 [7,15) @1:9 unread 8"],
    { depth: 2 },
  ],
  [
    "a line over the depth limit",
    '{}\n{"a":[[[1]]]}\n{}',
    ["lines 1@0 {}", "E_DEPTH 2 [3,16) @2:10", "lines 3@17 {}"],
    { depth: 3 },
  ],
];

const ENCODINGS: readonly Case[] = [
  ["UTF-16LE", Buffer.from('\ufeff{"a":1}\n', "utf16le"), ["E_UTF8 1 [0,18) @1:0 unread 18"]],
  ["UTF-16LE without a mark", Buffer.from('{"a":1}\n', "utf16le"), ["E_UTF8 1 [0,16) @1:0 unread 16"]],
  ["Parquet", Buffer.from("PAR1\0\0\0\0PAR1"), ["E_UNSUPPORTED 1 [0,12) @1:0 unread 12"]],
  ["zip", Buffer.from("PK\x03\x04\0\0"), ["E_UNSUPPORTED 1 [0,6) @1:0 unread 6"]],
  ["OTLP protobuf", Buffer.from("0ae8020a1c0a1a0a0c", "hex"), ["E_UNSUPPORTED 1 [0,9) @1:0 unread 9"]],
  ["newlines before the first record", '\n\n\n{"a":1}', ['lines 4@3 {"a":1}']],
];

const GROUPS: readonly (readonly [string, readonly Case[]])[] = [
  ["lines", LINES],
  ["arrays", ARRAYS],
  ["envelopes", ENVELOPES],
  ["documents", DOCUMENTS],
  ["limits", LIMITS],
  ["encodings", ENCODINGS],
];

for (const [group, cases] of GROUPS) {
  describe(group, () => {
    for (const [name, input, expected, options] of cases) {
      it(name, async () => {
        expect(outline(await collect(input, options))).toEqual(expected);
      });
    }

    it("are the same for every size of chunks", async () => {
      for (const [, input, expected, options] of cases) {
        for (let chunkBytes = 1; chunkBytes <= Math.min(Buffer.from(input).length, 24); chunkBytes++) {
          const seen = await collect(input, { ...options, chunkBytes, slowBytes: 0 });
          expect(outline(seen), `${input} by ${chunkBytes}`).toEqual(expected);
        }
      }
    });
  });
}

describe("faults", () => {
  it("carry an excerpt of at most 200 bytes and a message without place", async () => {
    const [fault] = faultsOf(await collect(`{"a":1}\n{bad${"x".repeat(500)}\n`));
    expect(fault?.excerpt).toBe(`{bad${"x".repeat(196)}`);
    expect(fault?.message).not.toMatch(/line|byte \d/);
  });

  it("name the limits and their flags", async () => {
    const large = faultsOf(await collect(`{"a":1}\n{"b":"${"x".repeat(2 ** 20)}"}`, { record: 2 ** 20 }));
    expect(large[0]?.message).toMatch(/1 MiB .*--max-record/);
  });

  it("name what looks like another encoding, and compression within compression", async () => {
    const [utf16] = faultsOf(await collect(Buffer.from('\ufeff{"a":1}', "utf16le")));
    expect(utf16?.message).toMatch(/looks like UTF-16LE/);
    const [protobuf] = faultsOf(await collect(Buffer.from("0ae8020a1c0a1a0a0c", "hex")));
    expect(protobuf?.message).toMatch(/OTLP protobuf/);
  });

  it("under stop are told at once: the rest is neither read nor counted", async () => {
    const input = `[{bad},${"1,".repeat(5000)}2]`;
    const seen: unknown[] = [];
    await expect(
      collect(input, { stopsAtFault: true, chunkBytes: 100 }).then((all) => seen.push(...all)),
    ).rejects.toThrow("stopped");
    expect(seen).toEqual([]);
  });
});

const RECORDS = [
  '{"a":1}',
  '{"b":[{"c":"}\\""},2]}',
  "{}",
  '{\n  "d": {\n    "e": "ü\u2028"\n  }\n}',
  '["x",[]]',
  "17",
  '"s"',
  "{bad}",
  '{"open":[1',
  '{"cut":"',
];
const SEPARATORS = [
  "\n",
  "\r\n",
  "",
  " ",
  ",",
  "\n\n",
  "[",
  "]",
  '{"traces":[',
  '],"next_page_token":null}',
  "\ufeff",
  "\0",
  "}",
  '"',
];

/** Text that looks like exports, good and bad. */
const messyText = fc
  .array(fc.oneof(fc.constantFrom(...RECORDS), fc.constantFrom(...SEPARATORS), fc.constantFrom("\n", ",")), {
    maxLength: 24,
  })
  .map((parts) => Buffer.from(parts.join("")));

/** Arrays, envelopes and documents, with values larger than a block of the fast search; good, or damaged in a few places. */
const largeText = fc
  .tuple(
    fc.array(fc.oneof(traceText, documentText), { minLength: 1, maxLength: 8 }),
    fc.constantFrom(
      ["[\n", ",\n", "]"],
      ['{"traces": [', ", ", "]}"],
      ["", "\n", "\n"],
      ["", "", ""],
      ["  ", "\n  ", ""],
    ),
    fc.integer({ min: 0, max: 3 }),
    fc.array(mutation, { maxLength: 2 }),
  )
  .map(([texts, [open, between, close], indent, damages]) => {
    const spaced = texts.map((text) =>
      text.replace(/, (?=")|(?<=\[)(?={)/g, `,\n${" ".repeat(indent)}`.slice(text.length % 2)),
    );
    return damages.reduce(mutate, Buffer.from(open + spaced.join(between) + close));
  });

describe("any text", () => {
  it("gives the same records, lines, offsets and faults for every chunking", async () => {
    await fc.assert(
      fc.asyncProperty(
        messyText,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(12, 2 ** 20),
        async (bytes, chunkBytes, record) => {
          const whole = await collect(bytes, { record });
          expect(await collect(bytes, { chunkBytes, record, slowBytes: 0 })).toEqual(whole);
        },
      ),
      { numRuns: runs(1500) },
    );
  });

  it("is read the same with the fast search for the ends of values as with the slow one", async () => {
    await fc.assert(
      fc.asyncProperty(largeText, fc.integer({ min: 20, max: 3_000 }), async (bytes, chunkBytes) => {
        const slow = await collect(bytes, { chunkBytes });
        expect(await collect(bytes, { chunkBytes, slowBytes: 0 })).toEqual(slow);
      }),
      { numRuns: runs(200) },
    );
  });

  it("is all accounted for: what lies outside records and faults is white space, separators and envelopes", async () => {
    await fc.assert(
      fc.asyncProperty(messyText, async (bytes) => {
        const left = Buffer.from(bytes);
        let last = 0;
        for (const entry of await collect(bytes, { chunkBytes: 7 })) {
          const [start, end] =
            "record" in entry
              ? [entry.record.offset, entry.record.offset + Buffer.byteLength(entry.record.text)]
              : [entry.fault.start, entry.fault.end];
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThanOrEqual(start);
          last = end;
          left.fill(" ", start, end);
        }
        expect(left.toString()).toMatch(
          /^(?:\ufeff)?(?:[ \t\r\n,[\]]|\{"traces":\[|\](?:,"next_page_token":null)?\})*$/,
        );
      }),
      { numRuns: runs(1500) },
    );
  });

  it("starts again on lines of the first record's indent alone, blank lines before them or not", async () => {
    const text = ' {"cut":"\n\n{"a":1}\n\n {"b":2}';
    const found = await collect(Buffer.from(text), { chunkBytes: 5 });
    const records = found.flatMap((entry) => ("record" in entry ? [entry.record] : []));
    expect(records.map(({ text: record, line }) => [record, line])).toEqual([['{"b":2}', 5]]);
  });

  it("gives records with their own line and offset", async () => {
    await fc.assert(
      fc.asyncProperty(messyText, async (bytes) => {
        for (const entry of await collect(bytes, { chunkBytes: 5 })) {
          const [offset, line] =
            "record" in entry ? [entry.record.offset, entry.record.line] : [entry.fault.start, entry.fault.line];
          expect(line).toBe(bytes.subarray(0, offset).toString("latin1").split("\n").length);
          if ("record" in entry) expect(bytes.subarray(offset).toString().startsWith(entry.record.text)).toBe(true);
        }
      }),
      { numRuns: runs(1000) },
    );
  });

  it("of good records in one framing loses none of them beside a bad line", async () => {
    const line = fc.constantFrom('{"a":1}', '{"b":"x\\n"}', '{"bad', "{", "}", '{"a":1}}', "nope", '{"a":"\u2028"}');
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
        const isGood = (text: string): boolean => text.startsWith("{") && text.endsWith("}") && !text.endsWith("}}");
        const seen = await collect(['{"first":0}', ...lines, '{"last":0}'].join("\n"));
        expect(recordsOf(seen)).toEqual(['{"first":0}', ...lines.filter(isGood), '{"last":0}']);
        expect(seen.length).toBe(lines.length + 2);
      }),
      { numRuns: runs(300) },
    );
  });
});
