// Instants and durations from bytes: against Date for milliseconds and BigInt for nanoseconds (G10).

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDurationMs, parseEpochNs, parseTime } from "../../src/json/scalars.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";
import { utf8 } from "./tape-value.ts";

/** Calls a parser on `text` inside other text, so that a read past the range shows. */
function on<T>(parse: (bytes: Uint8Array, start: number, end: number) => T, text: string): T {
  const bytes = utf8(`0${text}0`);
  return parse(bytes, 1, bytes.length - 1);
}

const FIRST_MS = Date.parse("0001-01-02T00:00:00Z");
const LAST_MS = Date.parse("9999-12-30T23:59:59.999Z");
const INT64_MAX = 2n ** 63n - 1n;

function two(value: number): string {
  return String(value).padStart(2, "0");
}

describe("parseTime", () => {
  it("agrees with Date for any instant, offset and spelling", () => {
    const instant = fc.record({
      ms: fc.oneof(fc.integer({ min: FIRST_MS, max: LAST_MS }), fc.integer({ min: 0, max: 2_000_000_000_000 })),
      offset: fc.integer({ min: -1439, max: 1439 }),
      style: fc.constantFrom("Z", "z", "", "+hh:mm", "+hhmm", "+hh"),
      mark: fc.constantFrom("T", "t", " "),
      digits: fc.stringMatching(/^\d{0,12}$/),
    });
    fc.assert(
      fc.property(instant, ({ ms, offset, style, mark, digits }) => {
        const isShifted = style.startsWith("+");
        const minutes = !isShifted ? 0 : style === "+hh" ? Math.trunc(offset / 60) * 60 : offset;
        const local = new Date(Math.floor(ms / 1000) * 1000 + minutes * 60_000).toISOString().slice(0, 19);
        const size = Math.abs(minutes);
        const shift = style
          .replace("+", minutes < 0 ? "-" : "+")
          .replace("hh", two(Math.floor(size / 60)))
          .replace("mm", two(size % 60));
        const text = local.replace("T", mark) + (digits === "" ? "" : `.${digits}`) + shift;
        const nanos = BigInt(digits.slice(0, 9).padEnd(9, "0"));
        const ns = BigInt(Math.floor(ms / 1000)) * 1_000_000_000n + nanos;
        const time = on(parseTime, text);
        if (time === undefined) expect.fail(text);
        same(BigInt(time.ms) * 1_000_000n + BigInt(time.nsOfMs), ns);
        same(time.nsOfMs >= 0 && time.nsOfMs < 1_000_000, true);
        if (digits.length === 3 && mark === "T" && style !== "" && style !== "+hh")
          expect(time.ms).toBe(Date.parse(text));
      }),
      { numRuns: runs(10_000) },
    );
  });

  it("knows every day of the calendar, and no other", () => {
    for (const year of [1, 4, 100, 400, 1582, 1899, 1900, 1970, 2000, 2023, 2024, 2100, 9999]) {
      for (let month = 0; month <= 13; month += 1) {
        for (let day = 0; day <= 32; day += 1) {
          const text = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
          const date = new Date(`${text}T00:00:00Z`);
          const isDay = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
          same(on(parseTime, text), isDay ? { ms: date.getTime(), nsOfMs: 0 } : undefined, text);
        }
      }
    }
  });

  it.each([
    ["2025-12-02T16:52:20.818Z", 1764694340818, 0],
    ["2025-12-02T16:52:20Z", 1764694340000, 0],
    ["2025-12-02T16:52:20.123456789Z", 1764694340123, 456789],
    ["2025-12-02T16:52:20.1234567899999Z", 1764694340123, 456789],
    ["2025-12-02 16:52:20,5", 1764694340500, 0],
    ["2025-12-02T16:52", 1764694320000, 0],
    ["2025-12-02T16:52+05:30", 1764674520000, 0],
    ["2025-12-02T16:52:20-00:00", 1764694340000, 0],
    ["1969-12-31T23:59:59.999999999Z", -1, 999999],
    ["0001-01-01", -62135596800000, 0],
    ["9999-12-31T23:59:59.999Z", 253402300799999, 0],
  ])("%s", (text, ms, nsOfMs) => {
    expect(on(parseTime, text)).toEqual({ ms, nsOfMs });
  });

  it.each([
    "",
    "2025",
    "2025-12",
    "2025-12-2",
    "2025-1-02",
    "20251202",
    "yesterday",
    "1764694340818",
    "0000-01-01",
    "-001-01-01",
    "+002025-12-02",
    "2025-02-30T00:00:00Z",
    "2025-02-29",
    "1900-02-29",
    "2025-04-31",
    "2025-13-01",
    "2025-00-01",
    "2025-12-00",
    "2025-12-02T24:00:00Z",
    "2025-12-02T25:00:00Z",
    "2025-12-02T23:60:00Z",
    "2016-12-31T23:59:60Z",
    "2025-12-02T",
    "2025-12-02T16",
    "2025-12-02T16:5",
    "2025-12-02T16:52:2",
    "2025-12-02T16:52:20.",
    "2025-12-02T16:52:20.Z",
    "2025-12-02T16:52:20.5ZZ",
    "2025-12-02T16:52:20+",
    "2025-12-02T16:52:20+5",
    "2025-12-02T16:52:20+24:00",
    "2025-12-02T16:52:20+05:60",
    "2025-12-02T16:52:20+05:3",
    "2025-12-02T16:52:20+053",
    "2025-12-02T16:52:20+05:30:00",
    "2025-12-02Z",
    "2025-12-02T16:52:20 Z",
    " 2025-12-02",
    "2025-12-02 ",
    "2025/12/02",
    "2025-12-02T16.52",
    "2025-12-02X16:52:20",
    "２025-12-02",
  ])("%j is no time", (text) => {
    expect(on(parseTime, text)).toBe(undefined);
  });
});

describe("parseEpochNs", () => {
  it("is exact for every int64 of nanoseconds from 1e17 on", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 10n ** 17n, max: INT64_MAX }), fc.boolean(), (ns, isNegative) => {
        const value = isNegative ? -ns : ns;
        same(on(parseEpochNs, String(value)), value);
        same(on(parseEpochNs, `${value}.0`), value);
      }),
      { numRuns: runs(10_000) },
    );
  });

  it("takes the unit from the magnitude, and floors what is below a nanosecond", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n }),
        fc.integer({ min: 0, max: 19 }),
        fc.stringMatching(/^\d{1,12}$/),
        (wide, cut, fraction) => {
          const whole = wide / 10n ** BigInt(cut);
          const sign = wide < 0n ? "-" : "";
          const size = whole < 0n ? -whole : whole;
          const unit =
            size >= 10n ** 17n ? 1n : size >= 10n ** 14n ? 1_000n : size >= 10n ** 11n ? 1_000_000n : 1_000_000_000n;
          const scale = 10n ** BigInt(fraction.length);
          const exact = (size * scale + BigInt(fraction)) * unit;
          const value = sign === "" ? exact / scale : -((exact + scale - 1n) / scale);
          const isInside = value <= INT64_MAX && value >= -INT64_MAX - 1n;
          same(on(parseEpochNs, `${sign}${size}.${fraction}`), isInside ? value : undefined);
        },
      ),
      { numRuns: runs(5_000) },
    );
  });

  it.each([
    ["1764694340", 1764694340_000000000n],
    ["1764694340818", 1764694340_818000000n],
    ["1764694340818123", 1764694340_818123000n],
    ["1764694340818123456", 1764694340_818123456n],
    ["1764694340.818", 1764694340_818000000n],
    ["1.7e18", 1700000000_000000000n],
    ["1.764694340818123e9", 1764694340_818123000n],
    ["9223372036", 9223372036_000000000n],
    // A second count that int64 nanoseconds cannot hold (year 2262 is their last).
    ["9223372037", undefined],
    ["99999999999", undefined],
    ["100000000000", 100000000_000000000n],
    ["0", 0n],
    ["0.5", 500_000_000n],
    ["-0.5", -500_000_000n],
    ["1e-10", 0n],
    ["-1e-10", -1n],
    ["9223372036854775807", INT64_MAX],
    ["9223372036854775808", undefined],
    ["18446744073709551615", undefined],
    ["1e300", undefined],
    ["", undefined],
    ["2025-12-02", undefined],
    ["12s", undefined],
    ["0x10", undefined],
  ])("%s", (text, ns) => {
    expect(on(parseEpochNs, text)).toBe(ns);
  });
});

describe("parseDurationMs", () => {
  it("floors exact decimals", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 ** 9 }),
        fc.stringMatching(/^\d{0,12}$/),
        fc.boolean(),
        (seconds, fraction, isNegative) => {
          const text = `${isNegative ? "-" : ""}${seconds}${fraction === "" ? "" : `.${fraction}`}s`;
          const scale = 10n ** BigInt(fraction.length);
          const exact = (BigInt(seconds) * scale + BigInt(fraction || "0")) * 1000n;
          const ms = isNegative ? -((exact + scale - 1n) / scale) : exact / scale;
          same(on(parseDurationMs, text), Number(ms));
        },
      ),
      { numRuns: runs(2_000) },
    );
  });

  it.each([
    ["1.234s", 1234],
    ["0s", 0],
    ["-0.005s", -5],
    ["1.5s", 1500],
    ["0.0005s", 0],
    ["-0.0005s", -1],
    ["1.0019999999s", 1001],
    ["315576000000s", 315576000000000],
    ["1e-3s", 1],
    ["1.234", undefined],
    ["s", undefined],
    ["", undefined],
    [".5s", undefined],
    ["1.s", undefined],
    ["1ms", undefined],
    ["1 s", undefined],
    ["99999999999999999999s", undefined],
  ])("%s", (text, ms) => {
    expect(on(parseDurationMs, text)).toBe(ms);
  });
});
