// Time values of --start-time, --end-time and --time-interval, in the forms of MLflow's metrics skill.
// Called by metrics.ts with the clock of the command. What must stay true: a time without a zone is UTC.

import { EngineError, parseDurationMs, parseIsoTime } from "../index.ts";
import { badValue } from "./values.ts";

const FORMS =
  "now, -30m, -24h, -7d, -2w, ISO 8601 such as 2026-03-02T09:00:00Z (without a zone: UTC), epoch milliseconds";

/**
 * Whole ms since 1970 UTC of `now`, `-<int>m|h|d|w` (before `nowMs`), digits (epoch ms) or ISO 8601.
 * Throws E_USAGE for any other text.
 */
export function parseTime(text: string, nowMs: number): number {
  const value = text.trim();
  if (value === "now") return Math.floor(nowMs);
  if (/^-\d+[mhdw]$/.test(value)) {
    const ago = parseDurationMs(value.slice(1));
    if (ago !== undefined) return Math.floor(nowMs) - ago;
  }
  if (/^\d{1,16}$/.test(value)) return Number(value);
  const ms = parseIsoTime(value);
  if (ms === undefined) throw new EngineError("E_USAGE", `Invalid time format: '${text}'. Valid formats: ${FORMS}`);
  return ms;
}

/** Seconds of an interval such as `15m`, `1h`, `1d`, `1w`, as text; a number as it stands. Throws E_USAGE for another text. */
export function parseInterval(text: string): string {
  if (/^-?\d+(\.\d+)?$/.test(text)) return text;
  const ms = /^\d+[smhdw]$/.test(text) ? parseDurationMs(text) : undefined;
  if (ms === undefined) throw badValue("time-interval", text, "use seconds, or 15m, 1h, 1d, 1w; 0 for none");
  return String(ms / 1_000);
}
