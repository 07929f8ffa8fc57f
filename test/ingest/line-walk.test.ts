// Lines that the walker takes many at a time: what it leaves, what stands beside it, and files that are read into its memory.
// The interpreter, which reads line by line, is the reference; that nearly all lines are taken at once is told apart by counting.

import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { LoadOptions } from "../../src/ingest/load.ts";
import { expandSources, memorySource } from "../../src/ingest/sources.ts";
import { Walker } from "../../src/ingest/walker.ts";
import { generateExport } from "../../src/synth/export.ts";
import { runs } from "../support/runs.ts";
import { tempFile } from "../support/temp-dir.ts";
import { outcomeOf } from "./outcomes.ts";
import { span, trace } from "./rows.ts";

const record = (id: number | string, text = "") =>
  trace({
    id: `t${id}`,
    info: { tags: { [`k${id}`]: text, "mlflow.traceName": `n${text.length}` } },
    spans: [span("00000000000000a1", { attributes: { text: JSON.stringify(text) } })],
  });
const line = (id: number | string, text = "") => JSON.stringify(record(id, text));

/** Every fault that a line can have, and what is none: each must leave its neighbours alone. */
const LINES: readonly (string | Buffer)[] = [
  line("é", 'a "quoted" \\ text\n'),
  line("long", "x".repeat(5_000)),
  line("many", '\\"\n\u{1f600}'.repeat(40)),
  `  ${line("indented")}  \t\r`,
  JSON.stringify({ extra: 1, ...record("extra") }),
  JSON.stringify({ data: record("turned").data, info: record("turned").info }),
  JSON.stringify(record("info").info),
  JSON.stringify({ info: record("inner").info }),
  JSON.stringify({ mlflow: record("carried") }),
  line("nul").replace("tags", "\\u0000tags"),
  line("twice").replace('{"info"', '{"data": 1, "info"'),
  line("cut").slice(0, -1),
  line("cut").slice(0, 40),
  `${line("behind")}\\`,
  `${line("behind")} ]`,
  `${line("two")}${line("records")}`,
  `"${line("quoted")}`,
  line("control").replace("mlflow", "ml\u0001flow"),
  line("escape").replace("mlflow", "ml\\xflow"),
  line("time").replace(/"request_time":"[^"]*"/, '"request_time":"never"'),
  Buffer.concat([Buffer.from(line("utf8").slice(0, -1)), Buffer.from([0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])]),
  "",
  "   ",
  "12",
  "{",
  "[1,",
  "1,",
  "}",
  '"',
  "\\",
  "garbage",
  "[".repeat(70),
  // Records of two lines, of which neither is one.
  `${line("split").slice(0, -1)}\n}`,
  `${JSON.stringify({ info: record("split").info }).slice(0, -1)},"data":\n1}`,
  `${line("split").slice(0, -3)}\n]\n}}`,
];

function bytesOf(lines: readonly (string | Buffer)[], end: string): Buffer {
  return Buffer.concat(lines.flatMap((text, i) => [Buffer.from(text), Buffer.from(i + 1 < lines.length ? "\n" : end)]));
}

async function expectAlike(bytes: Uint8Array, sizes: readonly number[], options: Partial<LoadOptions>): Promise<void> {
  const path = tempFile("lines.jsonl", bytes);
  const given = { onError: "skip", payload: "place", ...options } as const;
  const { sources } = await expandSources([path]);
  const expected = await outcomeOf(sources, { ...given, reader: "interpreter", lineReads: { fromBytes: 1e9 } });
  for (const readBytes of sizes) {
    const walked = { ...given, reader: "walker", lineReads: { fromBytes: 0, readBytes } } as const;
    expect(await outcomeOf(sources, walked), `reads of ${readBytes}`).toEqual(expected);
  }
  const inMemory = [memorySource(path, bytes, { chunkBytes: 700 })];
  const plain = await outcomeOf(inMemory, { ...given, payload: "keep", reader: "interpreter" });
  expect(await outcomeOf(inMemory, { ...given, payload: "keep", reader: "walker" })).toEqual(plain);
}

describe("lines that the walker takes", () => {
  it.each(LINES.map((text, i) => [i, String(text).slice(0, 30), text] as const))(
    "are the same beside line %i: %s",
    async (_i, _shown, text) => {
      const good = [0, 1, 2, 3, 4, 5].map((id) => line(id, "é".repeat(id)));
      const lines = [...good.slice(0, 3), text, ...good.slice(3), text, text, line(6)];
      await expectAlike(bytesOf(lines, "\n"), [64, 1_000, 2 ** 20], {});
    },
  );

  it("are the same in any order, in reads and ranges of any size", async () => {
    const some = fc.oneof(
      { weight: 3, arbitrary: fc.nat(40).map((id) => line(id, "ab\\".repeat(id % 7))) },
      { weight: 2, arbitrary: fc.constantFrom(...LINES) },
    );
    const how = fc.record({
      onError: fc.constantFrom<LoadOptions["onError"]>("skip", "skip", "skip", "stop"),
      duplicates: fc.constantFrom<LoadOptions["duplicates"]>("last", "keep", "error"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(some, { minLength: 1, maxLength: 30 }),
        fc.constantFrom("", "\n", "\r\n", "\n\n  \n"),
        fc.integer({ min: 1, max: 3_000 }),
        how,
        async (lines, end, readBytes, options) => {
          await expectAlike(bytesOf([line("first"), ...lines], end), [readBytes], options);
        },
      ),
      { numRuns: runs(13, 25) },
    );
  });

  it("are nearly all, whatever few shapes they have", async () => {
    const exported = Buffer.concat([...generateExport({ traces: 300, seed: 3, maxSpans: 4, textScale: 0.01 })]);
    const infos = Array.from({ length: 300 }, (_, id) => JSON.stringify(record(`info-${id}`).info));
    const mixed = exported
      .toString()
      .trimEnd()
      .split("\n")
      .flatMap((text, i) => [text, infos[i] ?? ""]);
    const single = vi.spyOn(Walker.prototype, "run");
    try {
      const bytes = Buffer.from(`${mixed.join("\n")}\n`);
      const sources = [memorySource("m", bytes, { chunkBytes: 2 ** 16 })];
      const { digests } = await outcomeOf(sources, { reader: "walker" });
      expect(digests).toBeDefined();
      const chunks = Math.ceil(bytes.length / 2 ** 16);
      // One by one go the lines of which a chunk holds a part, and the first of each shape.
      expect(single.mock.calls.length).toBeLessThan(2 * chunks + 6);
    } finally {
      single.mockRestore();
    }
  });
});
