// A metrics state as JSON Lines: a header that describes it, a line a group, and a checksum of all before it.
// Called by programs and the command line through index.ts. What must stay true: read-state.ts reads it back to the same
// state, number by number; nothing of the machine it was written on is in it, so that equal states are equal bytes.
// Version 1. Header: {"tracemill_state": 1, "request", "strict", "keys": [{name, type}], "measures": [names], "groups",
// "sources": [{name, bytes, sha256, times}], absent where they are not known}.
// A group: [keys ..., measures ...]; integers beyond float64 as text, digests as base64 (kernels/digest-bytes.ts), null
// where there is no value. Last: {"sha256"}.

import { createHash } from "node:crypto";
import type { PartialGroup } from "../exec/partials.ts";
import { digestBytes } from "../kernels/digest-bytes.ts";
import type { PartialName } from "../plan/partial.ts";
import type { MetricsState } from "./metrics-state.ts";

/** The version that is written, and read. */
export const STATE_VERSION = 1;

/** The lines of a state, each with its line feed. */
export function* writeMetricsState({ request, strict, groups, sources }: MetricsState): Generator<string> {
  const hash = createHash("sha256");
  const { keys, measures } = groups;
  const header = {
    tracemill_state: STATE_VERSION,
    request,
    strict,
    keys,
    measures,
    groups: groups.groups.length,
    ...(sources === undefined ? {} : { sources }),
  };
  const headerLine = `${JSON.stringify(header)}\n`;
  hash.update(headerLine);
  yield headerLine;
  for (const group of groups.groups) {
    const line = `${JSON.stringify([...group.keys, ...measures.map((name) => cell(group, name))])}\n`;
    hash.update(line);
    yield line;
  }
  yield `${JSON.stringify({ sha256: hash.digest("hex") })}\n`;
}

function cell(group: PartialGroup, name: PartialName): string | number | null {
  if (name === "digest") {
    return group.digest === undefined ? null : Buffer.from(digestBytes(group.digest)).toString("base64");
  }
  const value = group[name];
  return value === undefined ? null : typeof value === "bigint" ? String(value) : value;
}
