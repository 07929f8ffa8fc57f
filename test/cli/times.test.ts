// Time flags: every form of MLflow's metrics skill, on a fixed clock.
import { describe, expect, it } from "vitest";
import { parseInterval, parseTime } from "../../src/cli/times.ts";

const NOW = Date.UTC(2026, 2, 2, 12, 0, 0, 0) + 0.75;
const iso = (text: string) => new Date(parseTime(text, NOW)).toISOString();

describe("parseTime", () => {
  it.each([
    ["now", "2026-03-02T12:00:00.000Z"],
    ["-30m", "2026-03-02T11:30:00.000Z"],
    ["-24h", "2026-03-01T12:00:00.000Z"],
    ["-7d", "2026-02-23T12:00:00.000Z"],
    ["-2w", "2026-02-16T12:00:00.000Z"],
    ["1772452800000", "2026-03-02T12:00:00.000Z"],
    ["0", "1970-01-01T00:00:00.000Z"],
    ["2026-03-02", "2026-03-02T00:00:00.000Z"],
    ["2026-03-02T09:00:00", "2026-03-02T09:00:00.000Z"],
    ["2026-03-02T09:00:00Z", "2026-03-02T09:00:00.000Z"],
    ["2026-03-02T09:00:00.1239+02:00", "2026-03-02T07:00:00.123Z"],
    [" now ", "2026-03-02T12:00:00.000Z"],
  ])("reads %s", (text, expected) => expect(iso(text)).toBe(expected));

  it.each(["", "yesterday", "-24", "24h", "-24y", "--24h", "-1.5h", "2026-02-30", "1e12", "Now"])(
    "refuses %j",
    (text) => {
      expect(() => parseTime(text, NOW)).toThrow(
        expect.objectContaining({
          code: "E_USAGE",
          message: expect.stringContaining(`Invalid time format: '${text}'. Valid formats: now, -30m`),
        }),
      );
    },
  );
});

describe("parseInterval", () => {
  it.each([
    ["15m", "900"],
    ["1h", "3600"],
    ["1d", "86400"],
    ["1w", "604800"],
    ["30s", "30"],
    ["3600", "3600"],
    ["0", "0"],
    ["-60", "-60"],
  ])("reads %s as %s", (text, seconds) => expect(parseInterval(text)).toBe(seconds));

  it.each(["abc", "500ms", "1 hour", ""])("refuses '%s'", (text) =>
    expect(() => parseInterval(text)).toThrow("use seconds, or 15m, 1h, 1d, 1w"),
  );
});
