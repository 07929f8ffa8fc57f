// The only unit conversions and unit texts: nanoseconds, milliseconds, seconds, ISO text, bytes, counts, durations.
// Called by every layer that reads or prints a quantity with a unit; imports nothing.
// What must stay true: parsing is strict (the whole text is the quantity, or the answer is undefined), and every
// text that is printed for a number does not depend on locale or time zone.

/** Milliseconds of the units that a duration may be written in. */
const MS_OF_UNIT: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
]);

/** Bytes of the units that a size may be written in: kB is 1,000, KiB and K are 1,024. */
const BYTES_OF_UNIT: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ["k", 2 ** 10],
  ["m", 2 ** 20],
  ["g", 2 ** 30],
  ["t", 2 ** 40],
  ["kb", 1e3],
  ["mb", 1e6],
  ["gb", 1e9],
  ["tb", 1e12],
  ["kib", 2 ** 10],
  ["mib", 2 ** 20],
  ["gib", 2 ** 30],
  ["tib", 2 ** 40],
]);

const NS_PER_MS = 1_000_000n;

/** Instants that a Date can hold, in ms to either side of 1970: 271821 BC to 275760 AD. */
export const MAX_TIME_MS = 8.64e15;

/** Whole milliseconds of exact nanoseconds, floored toward minus infinity. */
export function nsToMs(ns: bigint): number {
  const quotient = ns / NS_PER_MS;
  return Number(ns % NS_PER_MS < 0n ? quotient - 1n : quotient);
}

/** Milliseconds of a duration such as `15m`, `1h`, `2d`, `1w`, `30s`, `250ms`; undefined when the text is none. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d{1,15})(ms|s|m|h|d|w)$/.exec(text);
  if (match === null) return undefined;
  const ms = Number(match[1]) * (MS_OF_UNIT.get(match[2] ?? "") ?? Number.NaN);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** Bytes of a size such as `10MB`, `1GiB`, `1.5 G`, `4096`; floored; undefined when the text is none or passes 2^53. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,9})?) ?([A-Za-z]{0,3})$/.exec(text.trim());
  if (match === null) return undefined;
  const unit = BYTES_OF_UNIT.get((match[2] ?? "").toLowerCase());
  if (unit === undefined) return undefined;
  const bytes = Math.floor(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A size for people: `512 B`, `1.5 KiB`, `256 MiB`. One decimal below ten units, none when it is whole. */
export function formatBytes(bytes: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < names.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${names[unit]}`;
}

/** A whole number with thousands separators: `1,234,567`. */
export function formatCount(count: number | bigint): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A duration for people: `0.4 ms`, `12 ms`, `1.25 s`, `2 m 05 s`, `1 h 01 m`. Negative durations keep their sign. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${(ms / 1_000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1_000);
  const two = (value: number) => String(value).padStart(2, "0");
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
}

/**
 * ISO 8601 text of an instant in UTC with milliseconds: `2026-03-02T09:00:00.000Z`.
 * An instant that is not finite or beyond MAX_TIME_MS is printed as its number.
 */
export function formatTime(ms: number): string {
  return Math.abs(ms) <= MAX_TIME_MS ? new Date(ms).toISOString() : String(ms);
}

const ISO =
  /^([+-]\d{6}|\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/**
 * Whole milliseconds since 1970 of an ISO 8601 text, floored: a date, or a date and a time, with `Z`, an offset or no
 * zone (UTC). Undefined when the text is no such time: 30 February, hour 24, free text.
 */
export function parseIsoTime(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const part = (index: number) => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const millis = Number(`${match[7] ?? ""}000`.slice(0, 3));
  const offset = offsetMs(match[8] ?? "Z");
  if (offset === undefined) return undefined;
  const ms = date.getTime() + hour * 3_600_000 + minute * 60_000 + second * 1_000 + millis - offset;
  return Math.abs(ms) <= MAX_TIME_MS ? ms : undefined;
}

/** Milliseconds east of UTC of `Z`, `+02:00`, `-0530`, `+02`; undefined from 24 hours or 60 minutes on. */
function offsetMs(zone: string): number | undefined {
  if (zone === "Z" || zone === "z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || "0");
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 3_600_000 + minutes * 60_000);
}
