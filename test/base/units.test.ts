// Units: parsing is strict, printing does not depend on locale or zone, and ISO text goes back and forth.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatTime,
  MAX_TIME_MS,
  nsToMs,
  parseDurationMs,
  parseIsoTime,
  parseSize,
} from "../../src/base/units.ts";
import { runs } from "../support/runs.ts";

describe("parseSize", () => {
  it.each([
    ["10MB", 10_000_000],
    ["1GiB", 2 ** 30],
    ["1.5 GiB", 1.5 * 2 ** 30],
    ["256 MiB", 256 * 2 ** 20],
    ["4096", 4096],
    ["1k", 1024],
    ["2kB", 2000],
    ["0", 0],
  ])("reads %s", (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(["10ZB", "", "MB", "-1MB", "1e9", "1,000", "1 0MB", "99999999999999999", "0x10", "9999999999TB"])(
    "refuses %s",
    (text) => expect(parseSize(text)).toBeUndefined(),
  );
});

describe("parseDurationMs", () => {
  it.each([
    ["15m", 900_000],
    ["1h", 3_600_000],
    ["1d", 86_400_000],
    ["1w", 604_800_000],
    ["30s", 30_000],
    ["250ms", 250],
  ])("reads %s", (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  it.each(["1y", "-1h", "1.5h", "", "h", "1 h", "999999999999999w"])("refuses %s", (text) =>
    expect(parseDurationMs(text)).toBeUndefined(),
  );
});

describe("parseIsoTime", () => {
  it.each([
    ["2026-03-02", "2026-03-02T00:00:00.000Z"],
    ["2026-03-02T09:00:00Z", "2026-03-02T09:00:00.000Z"],
    ["2026-03-02T09:00:00", "2026-03-02T09:00:00.000Z"],
    ["2026-03-02 09:00", "2026-03-02T09:00:00.000Z"],
    ["2026-03-02T09:00:00.1239999+02:00", "2026-03-02T07:00:00.123Z"],
    ["2026-03-02T09:00:00-0530", "2026-03-02T14:30:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"],
    ["1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"],
  ])("reads %s", (text, iso) => expect(formatTime(parseIsoTime(text) ?? Number.NaN)).toBe(iso));

  it.each([
    "2026-02-30",
    "2025-02-29",
    "2026-13-01",
    "2026-01-01T24:00:00Z",
    "yesterday",
    "2026",
    "",
    "2026-1-1",
    "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:60Z",
    "2026-01-01T00:00:00+24:00",
    "2026-01-01Z",
  ])("refuses %s", (text) => expect(parseIsoTime(text)).toBeUndefined());

  it("reads back every instant that formatTime writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: -MAX_TIME_MS, max: MAX_TIME_MS }), (ms) => parseIsoTime(formatTime(ms)) === ms),
      { numRuns: runs(500) },
    );
  });
});

describe("texts for people", () => {
  it.each([
    [0, "0 B"],
    [512, "512 B"],
    [1536, "1.5 KiB"],
    [256 * 2 ** 20, "256 MiB"],
    [2 ** 40, "1 TiB"],
    [999 * 2 ** 20 + 1, "999 MiB"],
  ])("writes %d bytes", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, "0"],
    [999, "999"],
    [1_000, "1,000"],
    [1_234_567, "1,234,567"],
    [-1_234, "-1,234"],
    [12345678901234567890n, "12,345,678,901,234,567,890"],
  ])("writes the count %d", (count, text) => expect(formatCount(count)).toBe(text));

  it.each([
    [0.42, "0.4 ms"],
    [12.3, "12 ms"],
    [999.4, "999 ms"],
    [999.9, "1.00 s"],
    [1_250, "1.25 s"],
    [59_994, "59.99 s"],
    [59_999, "1 m 00 s"],
    [125_000, "2 m 05 s"],
    [3_599_600, "1 h 00 m"],
    [3_660_000, "1 h 01 m"],
    [-1_250, "-1.25 s"],
  ])("writes %d ms", (ms, text) => expect(formatDuration(ms)).toBe(text));

  it("writes an instant beyond dates as its number", () =>
    expect(formatTime(MAX_TIME_MS + 1)).toBe("8640000000000001"));
});

describe("nsToMs", () => {
  it.each([
    [0n, 0],
    [999_999n, 0],
    [1_000_000n, 1],
    [-1n, -1],
    [-1_000_000n, -1],
    [-1_000_001n, -2],
    [1_763_716_800_123_456_789n, 1_763_716_800_123],
  ])("floors %d", (ns, ms) => expect(nsToMs(ns)).toBe(ms));
});
