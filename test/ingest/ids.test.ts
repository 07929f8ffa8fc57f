// Ids in one spelling: every way to write an id gives the same bytes, and no two ids do.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IdBuffer, isZeroId, writeSpanId, writeTraceId } from "../../src/ingest/ids.ts";
import { runs } from "../support/runs.ts";

const out = new IdBuffer();
const text = () => Buffer.from(out.bytes.subarray(0, out.length)).toString();

function spanId(written: string): readonly [string, boolean] {
  const bytes = Buffer.from(`"${written}"`);
  const known = writeSpanId(bytes, { start: 1, end: bytes.length - 1 }, out);
  return [text(), known];
}

function traceId(written: string): string {
  const bytes = Buffer.from(`"${written}"`);
  writeTraceId(bytes, { start: 1, end: bytes.length - 1 }, out);
  return text();
}

const idBytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes));

describe("span ids", () => {
  it("in any spelling are 16 lower hex digits", () => {
    fc.assert(
      fc.property(idBytes(8), (bytes) => {
        const hex = bytes.toString("hex");
        const urlSafe = bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
        for (const written of [hex, hex.toUpperCase(), `0x${hex}`, `0X${hex}`, bytes.toString("base64"), urlSafe]) {
          expect(spanId(written)).toEqual([hex, true]);
        }
        expect(spanId(`0x${hex.replace(/^0+/, "") || "0"}`)).toEqual([hex, true]);
      }),
      { numRuns: runs(300) },
    );
  });

  it.each([
    "zzz",
    "",
    "a",
    "0x",
    "00f067aa0ba902b",
    "00f067aa0ba902bg",
    "APBnqgupArd=",
    "APBnqgupAr==",
    "tr-1",
    "é".repeat(100),
  ])("%s is kept as it stands", (written) => {
    expect(spanId(written)).toEqual([written, false]);
  });

  it("of zeros are none", () => {
    for (const [written, none] of [
      ["0000000000000000", true],
      ["0x0", true],
      ["AAAAAAAAAAA=", true],
      ["0000000000000001", false],
    ] as const) {
      spanId(written);
      expect(isZeroId(out)).toBe(none);
    }
  });
});

describe("trace ids", () => {
  it("keep their prefix and get lower hex digits", () => {
    fc.assert(
      fc.property(idBytes(16), (bytes) => {
        const hex = bytes.toString("hex");
        const upper = hex.toUpperCase();
        for (const written of [hex, upper, `0x${upper}`, bytes.toString("base64")]) expect(traceId(written)).toBe(hex);
        expect(traceId(`tr-${upper}`)).toBe(`tr-${hex}`);
        expect(traceId(`trace:/Cat.Schema/${upper}`)).toBe(`trace:/Cat.Schema/${hex}`);
      }),
      { numRuns: runs(300) },
    );
  });

  it.each([
    "tr-1",
    "a",
    "TR-0123456789ABCDEF0123456789ABCDEF",
    "x/0123456789ABCDEF0123456789ABCDEF",
    "550E8400-e29b-41d4-a716-446655440000",
  ])("%s is kept as it stands", (written) => {
    expect(traceId(written)).toBe(written);
  });
});
