// Reads a metrics state back from its bytes. Called by programs and the command line through index.ts.
// What must stay true: the bytes are hostile input. Everything is checked: the checksum, the header against the plan of its
// own request, every cell of every line; what is wrong is E_DIGEST_INVALID with file and line.

import { createHash } from "node:crypto";
import { EngineError } from "../base/errors.ts";
import { type Limits, resolveLimits } from "../base/limits.ts";
import type { KeyColumn, KeyValue, PartialGroup } from "../exec/partials.ts";
import { planMetricsState, type StatePlan } from "../frontends/metrics-state.ts";
import { digestOfBytes } from "../kernels/digest-bytes.ts";
import { groupSteps, type PartialName } from "../plan/partial.ts";
import { type MetricsState, planningOptions, type StateOptions } from "./metrics-state.ts";
import { readSources } from "./state-sources.ts";
import { STATE_VERSION } from "./write-state.ts";

const MOST_LINE_BYTES = 64 * 2 ** 20;
const LINE_FEED = 10;

/** The state that writeMetricsState wrote. `name`: its name in messages. Throws E_DIGEST_INVALID, E_TOO_MANY_GROUPS. */
export function readMetricsState(
  bytes: Uint8Array,
  { name = "the state", ...options }: StateOptions & { readonly name?: string } = {},
): MetricsState {
  const limits = resolveLimits(options.limits);
  const lines = linesOf(bytes, name);
  const header = lines.next();
  if (header.done === true) throw invalid("it is empty", { name, line: 1 });
  const { value: top } = header.value;
  const place = { name, line: 1 };
  if (!isRecord(top) || !("tracemill_state" in top)) throw noState("it does not begin with a state's header", place);
  if (top["tracemill_state"] !== STATE_VERSION) {
    throw invalid(`its version is ${JSON.stringify(top["tracemill_state"])}; this reads ${STATE_VERSION}`, place);
  }
  const { strict, groups: count } = top;
  if (typeof strict !== "boolean" || !isCount(count)) throw invalid("its header is not whole", place);
  if (count > limits.groups) {
    throw new EngineError("E_TOO_MANY_GROUPS", `${name} holds ${count} groups, more than ${limits.groups}`);
  }
  const sources = "sources" in top ? readSources(top["sources"]) : [];
  if (sources === undefined) throw invalid("its sources are none", place);
  const { plan, request } = planned(top["request"], { strict, name, limits });
  const { aggregate } = groupSteps(plan);
  const measures = aggregate.measures.map(({ fn }) => fn as PartialName);
  const keys = keyColumns(
    top["keys"],
    aggregate.keys.map((key) => key.name),
    place,
  );
  if (JSON.stringify(top["measures"]) !== JSON.stringify(measures)) {
    throw invalid("its measures are not those of its request", place);
  }
  const groups: PartialGroup[] = [];
  const seen = new Set<string>();
  for (const { value, line, start } of lines) {
    if (groups.length < count) {
      const group = readGroup(value, { keys, measures, place: { name, line } });
      const key = JSON.stringify(group.keys);
      if (seen.has(key)) throw invalid("a group stands in it twice", { name, line });
      seen.add(key);
      groups.push(group);
      continue;
    }
    checkEnd(value, bytes, { name, line, start, end: lines });
    const known = sources.length === 0 ? {} : { sources };
    return { request, strict, name, groups: { keys, measures, groups }, ...known };
  }
  throw invalid("it is cut short", { name, line: groups.length + 2 });
}

interface Line {
  readonly value: unknown;
  readonly line: number;
  /** First byte. */
  readonly start: number;
}

interface Place {
  readonly name: string;
  readonly line: number;
}

function* linesOf(bytes: Uint8Array, name: string): Generator<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(LINE_FEED, start);
    if (end < 0) throw (line === 1 ? noState : invalid)("its last line has no end", { name, line });
    if (end - start > MOST_LINE_BYTES) throw invalid("a line is too long", { name, line });
    let value: unknown;
    try {
      value = JSON.parse(decoder.decode(bytes.subarray(start, end)));
    } catch (cause) {
      throw (line === 1 ? noState : invalid)("a line is not JSON", { name, line }, cause);
    }
    yield { value, line, start };
    start = end + 1;
  }
}

function checkEnd(
  value: unknown,
  bytes: Uint8Array,
  { name, line, start, end }: Place & { readonly start: number; readonly end: Iterator<Line> },
): void {
  const wanted = createHash("sha256").update(bytes.subarray(0, start)).digest("hex");
  if (!isRecord(value) || value["sha256"] !== wanted) throw invalid("its checksum does not match", { name, line });
  if (end.next().done !== true) throw invalid("something stands after its end", { name, line: line + 1 });
}

function planned(
  request: unknown,
  { strict, name, limits }: { readonly strict: boolean; readonly name: string; readonly limits: Limits },
): StatePlan {
  try {
    return planMetricsState(request, planningOptions(strict, limits));
  } catch (cause) {
    if (!(cause instanceof EngineError)) throw cause;
    throw invalid(`its request is refused: ${cause.message}`, { name, line: 1 }, cause);
  }
}

function keyColumns(given: unknown, names: readonly string[], place: Place): readonly KeyColumn[] {
  const types = ["text", "time", "number"] as const;
  const list: readonly unknown[] = Array.isArray(given) ? given : [];
  const keys = names.map((name, at) => {
    const key = list[at];
    const type = isRecord(key) && key["name"] === name ? types.find((one) => one === key["type"]) : undefined;
    if (type === undefined) throw invalid("its keys are not those of its request", place);
    return { name, type };
  });
  if (list.length !== keys.length) throw invalid("its keys are not those of its request", place);
  return keys;
}

function readGroup(
  value: unknown,
  {
    keys,
    measures,
    place,
  }: { readonly keys: readonly KeyColumn[]; readonly measures: readonly PartialName[]; readonly place: Place },
): PartialGroup {
  if (!Array.isArray(value) || value.length !== keys.length + measures.length) {
    throw invalid("a group has not the header's columns", place);
  }
  const cells: readonly unknown[] = value;
  const group: PartialGroup = { keys: keys.map((key, at) => readKey(cells[at], key, place)) };
  measures.forEach((name, at) => {
    setCell(group, { name, value: cells[keys.length + at] }, place);
  });
  checkGroup(group, measures, place);
  return group;
}

function readKey(value: unknown, { name, type }: KeyColumn, place: Place): KeyValue {
  if (type === "text" ? typeof value === "string" : typeof value === "number" && Number.isFinite(value)) {
    return value as KeyValue;
  }
  throw invalid(`key ${name} is no ${type}`, place);
}

function setCell(
  group: PartialGroup,
  { name, value }: { readonly name: PartialName; readonly value: unknown },
  place: Place,
): void {
  if (value === null) return;
  if (name === "digest") {
    if (typeof value !== "string") throw invalid("a digest is no text", place);
    try {
      group.digest = digestOfBytes(Buffer.from(value, "base64"));
    } catch (cause) {
      throw invalid(cause instanceof Error ? cause.message : "a digest is none", place, cause);
    }
    return;
  }
  if (name === "count" || name === "count_rows") {
    if (!isCount(value)) throw invalid(`${name} is no count`, place);
    group[name] = value;
    return;
  }
  if (typeof value === "number" && Number.isFinite(value)) group[name] = value;
  else if (name !== "sum_error" && typeof value === "string" && isInt64(value)) group[name] = BigInt(value);
  else throw invalid(`${name} is no number`, place);
}

/** What a run always gives: counts, and the others exactly where something was counted. */
function checkGroup(group: PartialGroup, measures: readonly PartialName[], place: Place): void {
  const { count, digest, min, max } = group;
  for (const name of measures) {
    const isThere = group[name] !== undefined;
    const isNeeded = name.startsWith("count") || (count ?? Number(isThere)) > 0;
    if (isThere !== isNeeded) throw invalid(`${name} ${isThere ? "of nothing" : "is missing"}`, place);
  }
  if (digest !== undefined && count !== undefined && digest.count !== count) {
    throw invalid("its digest does not hold as many values as were counted", place);
  }
  if (min !== undefined && max !== undefined && min > max) throw invalid("min is above max", place);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isInt64(text: string): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Of a file that is something else from its first line on: most likely an export. */
function noState(what: string, place: Place, cause?: unknown): EngineError {
  const { message, at } = invalid(what, place);
  return new EngineError("E_DIGEST_INVALID", message, {
    ...(at === undefined ? {} : { at }),
    hint: "merge-state reads what `tracemill metrics EXPORT ... --emit-state FILE` writes; of an export, make the state first.",
    ...(cause === undefined ? {} : { cause }),
  });
}

function invalid(what: string, { name, line }: Place, cause?: unknown): EngineError {
  return new EngineError("E_DIGEST_INVALID", `${name}:${line}: not a valid state: ${what}`, {
    at: { file: name, line },
    ...(cause === undefined ? {} : { cause }),
  });
}
