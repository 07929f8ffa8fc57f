// Exports as bytes: the same for the same seed, a prefix of longer ones, the same records in every framing, steady
// in memory.

import { describe, expect, test } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { type ExportOptions, FRAMINGS, generateExport } from "../../src/synth/export.ts";

function bytesOf(options: ExportOptions): Buffer {
  return Buffer.concat([...generateExport(options)]);
}

const textOf = (options: ExportOptions): string => bytesOf(options).toString("latin1");

describe("determinism", () => {
  test("the same seed gives the same bytes, another seed others", () => {
    const first = bytesOf({ seed: 11, traces: 60 });
    expect(bytesOf({ seed: 11, traces: 60 }).equals(first)).toBe(true);
    expect(bytesOf({ seed: 12, traces: 60 }).equals(first)).toBe(false);
  });

  test("the first traces do not depend on how many follow", () => {
    const long = textOf({ seed: 5, traces: 120 });
    expect(long.startsWith(textOf({ seed: 5, traces: 50 }))).toBe(true);
    const bySize = textOf({ seed: 5, sizeBytes: 200_000 });
    expect(long.startsWith(bySize)).toBe(true);
    expect(bySize.length).toBeGreaterThanOrEqual(200_000);
    expect(bySize.trimEnd().lastIndexOf("\n")).toBeLessThan(200_000);
  });

  test("what is reached first ends the export", () => {
    expect(textOf({ seed: 1, traces: 3, sizeBytes: 1e9 }).match(/\n/g)).toHaveLength(3);
    expect(textOf({ seed: 1, traces: 1000, sizeBytes: 1 }).match(/\n/g)).toHaveLength(1);
    expect(bytesOf({ seed: 1, traces: 0 })).toHaveLength(0);
  });

  test("chunks are about a mebibyte and belong to the caller", () => {
    const chunks = [...generateExport({ seed: 3, sizeBytes: 8_000_000, maxSpans: 40 })];
    const sizes = chunks.map((chunk) => chunk.length);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(1 << 20);
    expect(Math.max(...sizes)).toBeLessThan(3 << 20);
    expect(new Set(chunks.map((chunk) => chunk.buffer)).size).toBe(chunks.length);
  });
});

describe("framings", () => {
  const options = { seed: 21, traces: 40, maxSpans: 40 } as const;
  const lines = textOf(options).trimEnd().split("\n");
  const records = lines.map((line) => JSON.parse(line) as unknown);

  test("a line is a record as json.dumps writes it", () => {
    expect(lines).toHaveLength(40);
    for (const line of lines) expect(line).toMatch(/^\{"info": \{"trace_id": "tr-[0-9a-f]{32}", [ -~]*\]\}\}$/);
  });

  test("an array holds the same bytes between its brackets", () => {
    expect(textOf({ ...options, framing: "array" })).toBe(`[${lines.join(", ")}]\n`);
  });

  test("an envelope holds the same records, indented as json.dumps(indent=2) does", () => {
    const envelope = textOf({ ...options, framing: "envelope" });
    expect(unlaid(envelope)).toBe(unlaid(`{"traces": [${lines.join(", ")}], "next_page_token": null}`));
    expect(masked(envelope)).toBe(masked(`${JSON.stringify({ traces: records, next_page_token: null }, null, 2)}\n`));
  });

  test("indented documents follow one another", () => {
    const pretty = textOf({ ...options, framing: "pretty" });
    expect(unlaid(pretty)).toBe(unlaid(lines.join("")));
    expect(masked(pretty)).toBe(masked(records.map((record) => `${JSON.stringify(record, null, 2)}\n`).join("")));
  });

  test.each(FRAMINGS)("%s of no traces is valid or empty", (framing) => {
    const text = textOf({ seed: 1, traces: 0, framing });
    if (framing === "array") expect(JSON.parse(text)).toEqual([]);
    else if (framing === "envelope") expect(JSON.parse(text)).toEqual({ traces: [], next_page_token: null });
    else expect(text).toBe("");
  });

  /** Without the white space between tokens. */
  function unlaid(text: string): string {
    return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, string?: string) => string ?? "");
  }

  /** With every number as 0: JavaScript keeps neither 1.0 nor whole nanoseconds. Strings are made ASCII. */
  function masked(text: string): string {
    const ascii = text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
    return ascii.replace(/("(?:[^"\\]|\\.)*")|-?\d[-+.e\d]*/g, (_, string?: string) => string ?? "0");
  }
});

test("memory stays steady while 60 MB go by", () => {
  const options = { seed: 9, sizeBytes: 60_000_000, maxSpans: 200 };
  let generated = 0;
  let early = 0;
  let peak = 0;
  for (const chunk of generateExport(options)) {
    generated += chunk.length;
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    if (generated < 15_000_000) early = Math.max(early, heapUsed + arrayBuffers);
    else peak = Math.max(peak, heapUsed + arrayBuffers);
  }
  expect(generated).toBeGreaterThanOrEqual(60_000_000);
  expect(peak - early).toBeLessThan(40_000_000);
});

describe("options out of range are refused", () => {
  test.each([
    ["neither traces nor size", { seed: 1 }],
    ["a fractional seed", { seed: 0.5, traces: 1 }],
    ["a negative seed", { seed: -1, traces: 1 }],
    ["negative traces", { seed: 1, traces: -1 }],
    ["no days", { seed: 1, traces: 1, days: 0 }],
    ["days that are none", { seed: 1, traces: 1, days: Number.NaN }],
    ["no experiments", { seed: 1, traces: 1, experiments: 0 }],
    ["too many apps", { seed: 1, traces: 1, apps: 99 }],
    ["a negative text scale", { seed: 1, traces: 1, textScale: -1 }],
    ["a start that is none", { seed: 1, traces: 1, startMs: Number.POSITIVE_INFINITY }],
  ] satisfies [string, ExportOptions][])("%s", (_, options) => {
    expect(() => bytesOf(options)).toThrow(EngineError);
    expect(() => bytesOf(options)).toThrow(expect.objectContaining({ code: "E_USAGE" }));
  });
});
