// Time values of --start-time and --end-time, in the forms of MLflow's metrics skill.
// Called by metrics.ts with the clock of the command. What must stay true: a time without a zone is UTC.

import { EngineError, parseDurationMs, parseIsoTime } from "../index.ts";

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

/** Seconds of an interval such as `15m`, `1h`, `1d`, `1w`, as text; any other text as it stands, for the front end. */
export function parseInterval(text: string): string {
  const ms = /^\d+[smhdw]$/.test(text) ? parseDurationMs(text) : undefined;
  return ms === undefined ? text : String(ms / 1_000);
}
