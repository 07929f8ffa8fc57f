// Draws the spans of a trace as a tree. Called by get.ts for `-o tree`.
// What must stay true: each span stands on one line, once, whatever the data says of parents; nothing that a terminal
// would obey.

import { escapeLine, formatDuration, type Trace, type TraceSpan } from "../index.ts";

const NS_PER_MS = 1_000_000;

/** The lines of the tree, the trace itself first. */
export function* traceTree(trace: Trace): Generator<string> {
  const { info } = trace;
  const duration = Number(info["execution_duration_ms"] ?? Number.NaN);
  const parts = [trace.traceId, textOf(info["state"]), Number.isNaN(duration) ? "" : formatDuration(duration)];
  yield `${line(parts)}\n`;
  for (const { span, depth, follows } of trace.walk()) {
    yield `${branches(depth, follows)}${line(spanParts(span))}\n`;
  }
}

function branches(depth: number, follows: readonly boolean[]): string {
  if (depth === 0) return "";
  const above = follows.slice(0, -1).map((more) => (more ? "│  " : "   "));
  return `${above.join("")}${follows.at(-1) ? "├─ " : "└─ "}`;
}

function spanParts({ name, type, status, statusMessage, startNs, endNs }: TraceSpan): readonly string[] {
  const isOpen = startNs === null || endNs === null;
  const duration = isOpen ? "open" : formatDuration(Number(endNs - startNs) / NS_PER_MS);
  return [
    name,
    type === null || type === "UNKNOWN" ? "" : type,
    status === "ERROR" ? status : "",
    duration,
    statusMessage,
  ];
}

function line(parts: readonly string[]): string {
  return parts
    .filter((part) => part !== "")
    .map(escapeLine)
    .join("  ");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
