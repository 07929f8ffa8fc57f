// Every generated trace is one that MLflow could have written: keys, ids, times, the tree, and totals that add up.
// The sums are computed here from the parsed file alone, in the plainest way.

import { describe, expect, test } from "vitest";
import { generateExport } from "../../src/synth/export.ts";
import { groupBy } from "../support/group.ts";
import { same } from "../support/same.ts";

interface Span {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly name: string;
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
  readonly status: { readonly code: string; readonly message: string };
  readonly attributes: Readonly<Record<string, string>>;
}

interface Assessment {
  readonly assessment_id: string;
  readonly trace_id: string;
  readonly span_id?: string;
  readonly source: { readonly source_type: string };
  readonly create_time: string;
  readonly feedback?: { readonly value: unknown; readonly error?: unknown };
  readonly expectation?: { readonly value: unknown };
  readonly overrides?: string;
  readonly valid?: boolean;
}

interface Trace {
  readonly info: {
    readonly trace_id: string;
    readonly trace_location: { readonly mlflow_experiment: { readonly experiment_id: string } };
    readonly request_time: string;
    readonly state: string;
    readonly trace_metadata: Readonly<Record<string, string>>;
    readonly assessments?: readonly Assessment[];
    readonly tags: Readonly<Record<string, string>>;
    readonly request_preview: string;
    readonly response_preview?: string;
    readonly execution_duration_ms?: number;
  };
  readonly data: { readonly spans: readonly Span[] };
}

const START_MS = Date.UTC(2026, 0, 5);
const DAYS = 3;
const options = { seed: 78, traces: 500, startMs: START_MS, days: DAYS, experiments: 3, maxSpans: 300 } as const;
const lines = Buffer.concat([...generateExport(options)])
  .toString("latin1")
  .trimEnd()
  .split("\n");
const traces = lines.map((line) => JSON.parse(line) as Trace);
const hexOf = (base64: string): string => Buffer.from(base64, "base64").toString("hex");
const codePoints = (text: string): number => [...text].length;

/** Times of the spans of a line, exactly: they pass 2^53. A null end is undefined. */
function spanTimes(line: string): { start: bigint; end: bigint | undefined }[] {
  const found = line.matchAll(/"start_time_unix_nano": (\d+), "end_time_unix_nano": (\d+|null)/g);
  return [...found].map(([, start, end]) => ({
    start: BigInt(start as string),
    end: end === "null" ? undefined : BigInt(end as string),
  }));
}

const attribute = (span: Span, key: string): unknown => {
  const text = span.attributes[key];
  return text === undefined ? undefined : JSON.parse(text);
};

test("there is one of every kind in the sample", () => {
  expect(traces).toHaveLength(500);
  expect(new Set(traces.map(({ info }) => info.state))).toEqual(new Set(["OK", "ERROR", "IN_PROGRESS"]));
  expect(new Set(traces.map(({ info }) => info.trace_location.mlflow_experiment.experiment_id)).size).toBe(3);
  expect(new Set(traces.map(({ info }) => info.tags["mlflow.traceName"])).size).toBe(9);
  expect(new Set(traces.map(({ info }) => info.trace_id)).size).toBe(500);
});

test("keys stand in MLflow's order, maps sorted", () => {
  const infoKeys = [
    [
      "trace_id",
      "client_request_id",
      "trace_location",
      "request_time",
      "state",
      "trace_metadata",
      "assessments",
      "tags",
    ],
    ["request_preview", "response_preview", "execution_duration_ms"],
  ].flat();
  for (const { info, data } of traces) {
    expect(Object.keys(info)).toEqual(infoKeys.filter((key) => key in info));
    for (const map of [info.trace_metadata, info.tags]) expect(Object.keys(map)).toEqual(Object.keys(map).sort());
    for (const span of data.spans) {
      expect(Object.keys(span).join()).toBe(
        "trace_id,span_id,parent_span_id,name,start_time_unix_nano,end_time_unix_nano,events,status,attributes",
      );
    }
  }
});

test("ids are base64 of 16 and 8 bytes, and those of a trace agree", () => {
  for (const { info, data } of traces) {
    expect(info.trace_id).toMatch(/^tr-[0-9a-f]{32}$/);
    for (const span of data.spans) {
      same(/^[A-Za-z0-9+/]{22}==$/.test(span.trace_id), true, span.trace_id);
      same(/^[A-Za-z0-9+/]{11}=$/.test(span.span_id), true, span.span_id);
      same(`tr-${hexOf(span.trace_id)}`, info.trace_id);
      same(attribute(span, "mlflow.traceRequestId"), info.trace_id);
    }
    expect(new Set(data.spans.map((span) => span.span_id)).size).toBe(data.spans.length);
  }
});

test("every attribute is JSON in a string, a tool's arguments are JSON in that", () => {
  let toolCalls = 0;
  for (const { data } of traces) {
    for (const span of data.spans) {
      for (const text of Object.values(span.attributes)) JSON.parse(text);
      same(typeof attribute(span, "mlflow.spanType"), "string");
      const outputs = span.attributes["mlflow.spanOutputs"] ?? "";
      if (!outputs.includes('"tool_calls": [')) continue;
      toolCalls++;
      const [choice] = (JSON.parse(outputs) as { choices: { message: { tool_calls: Call[] } }[] }).choices;
      expect(JSON.parse(choice?.message.tool_calls[0]?.function.arguments ?? "")).toHaveProperty("query");
    }
  }
  expect(toolCalls).toBeGreaterThan(100);
  interface Call {
    readonly function: { readonly arguments: string };
  }
});

test("one root, parents exist and come first, children lie within their parents", () => {
  traces.forEach(({ data }, index) => {
    const times = spanTimes(lines[index] as string);
    expect(times).toHaveLength(data.spans.length);
    const positions = new Map(data.spans.map((span, at) => [span.span_id, at]));
    data.spans.forEach((span, at) => {
      if (span.parent_span_id === null) {
        expect(at).toBe(0);
        return;
      }
      const parent = positions.get(span.parent_span_id) as number;
      same(parent < at, true);
      const [own, outer] = [times[at], times[parent]] as [(typeof times)[number], (typeof times)[number]];
      same(own.start >= outer.start && (own.end ?? own.start) >= own.start, true);
      if (outer.end !== undefined) same(own.end !== undefined && own.end <= outer.end, true);
    });
  });
});

test("the trace's time is its root's, floored to milliseconds, and lies in the range", () => {
  traces.forEach(({ info }, index) => {
    const [root] = spanTimes(lines[index] as string);
    const startMs = Date.parse(info.request_time);
    expect(info.request_time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.(?!000)\d{3})?Z$/);
    same(BigInt(startMs), (root?.start as bigint) / 1_000_000n);
    expect(startMs >= START_MS && startMs < START_MS + DAYS * 86_400_000).toBe(true);
    const duration = root?.end === undefined ? undefined : Number((root.end - root.start) / 1_000_000n);
    expect(info.execution_duration_ms).toBe(duration);
    expect(info.state === "IN_PROGRESS").toBe(duration === undefined);
  });
});

describe("states", () => {
  test("an error goes up the path, with an exception event on each span", () => {
    for (const { info, data } of traces) {
      const byId = new Map(data.spans.map((span) => [span.span_id, span]));
      expect(data.spans[0]?.status.code === "STATUS_CODE_ERROR").toBe(info.state === "ERROR");
      for (const span of data.spans) {
        const failed = span.status.code === "STATUS_CODE_ERROR";
        same(
          span.events.map((event) => event.name),
          failed ? ["exception"] : [],
        );
        if (failed) expect("mlflow.spanOutputs" in span.attributes).toBe(false);
      }
      if (info.state !== "ERROR") continue;
      const last = data.spans[data.spans.length - 1] as Span;
      for (let at: Span | undefined = last; at !== undefined; at = byId.get(at.parent_span_id ?? "")) {
        expect(at.status.code).toBe("STATUS_CODE_ERROR");
        const stack = at.events[0]?.attributes["exception.stacktrace"] as string;
        expect(stack.length > 1000 && stack.length < 4000 && stack.startsWith("Traceback")).toBe(true);
      }
    }
  });

  test("a trace in progress has open spans, no tokens and no response", () => {
    const open = traces.filter(({ info }) => info.state === "IN_PROGRESS");
    for (const { info, data } of open) {
      expect(data.spans[0]?.status.code).toBe("STATUS_CODE_UNSET");
      expect(data.spans.some((span) => "mlflow.chat.tokenUsage" in span.attributes)).toBe(false);
      expect(info.response_preview).toBeUndefined();
      expect(info.assessments).toBeUndefined();
    }
  });
});

describe("totals", () => {
  /** Sums of a key, a span's own figures hiding its descendants', children from the last to the first as MLflow does. */
  function ancestorWins(spans: readonly Span[], key: string): Record<string, number> | undefined {
    const children = groupBy(spans, (span) => span.parent_span_id);
    const totals: Record<string, number> = {};
    const visit = (span: Span): void => {
      const own = attribute(span, key) as Record<string, number> | undefined;
      if (own === undefined) [...(children.get(span.span_id) ?? [])].reverse().forEach(visit);
      else for (const [name, value] of Object.entries(own)) totals[name] = (totals[name] ?? 0) + value;
    };
    visit(spans[0] as Span);
    return Object.keys(totals).length === 0 ? undefined : totals;
  }

  test.each([
    ["mlflow.chat.tokenUsage", "mlflow.trace.tokenUsage"],
    ["mlflow.llm.cost", "mlflow.trace.cost"],
  ])("%s of the spans add up to %s, to the last digit", (own, total) => {
    let hidden = 0;
    for (const { info, data } of traces) {
      const expected = ancestorWins(data.spans, own);
      const text = info.trace_metadata[total];
      expect(text === undefined ? undefined : JSON.parse(text)).toEqual(expected);
      const plain = data.spans.reduce((sum, span) => sum + Number(own in span.attributes), 0);
      if (expected !== undefined && data.spans.length > 1 && own in (data.spans[0] as Span).attributes)
        hidden += plain - 1;
    }
    if (own === "mlflow.chat.tokenUsage") expect(hidden).toBeGreaterThan(0);
  });

  test("sizes in the metadata are those of the line without the size entries", () => {
    traces.forEach(({ info, data }, index) => {
      if (info.state === "IN_PROGRESS") return;
      const line = lines[index] as string;
      const bare = line.replace(/"mlflow\.trace\.sizeBytes": "\d+", "mlflow\.trace\.sizeStats": "[^}]*}", /, "");
      expect(info.trace_metadata["mlflow.trace.sizeBytes"]).toBe(String(bare.length));
      const stats = JSON.parse(info.trace_metadata["mlflow.trace.sizeStats"] as string) as Record<string, number>;
      expect(stats).toMatchObject({ total_size_bytes: bare.length, num_spans: data.spans.length });
      expect(
        (stats["p25"] as number) <= (stats["p50"] as number) && (stats["p75"] as number) <= (stats["max"] as number),
      ).toBe(true);
    });
  });
});

test("previews and copies of inputs and outputs are cut as MLflow cuts them", () => {
  let cut = 0;
  for (const { info, data } of traces) {
    const root = data.spans[0] as Span;
    const pairs = [
      [info.trace_metadata["mlflow.traceInputs"], root.attributes["mlflow.spanInputs"]],
      [info.trace_metadata["mlflow.traceOutputs"] ?? "", root.attributes["mlflow.spanOutputs"] ?? ""],
    ] as [string, string][];
    for (const [copy, whole] of pairs) {
      const isCut = codePoints(whole) > 250;
      expect(copy).toBe(isCut ? `${[...whole].slice(0, 247).join("")}...` : whole);
    }
    for (const preview of [info.request_preview, info.response_preview ?? ""]) {
      expect(codePoints(preview)).toBeLessThanOrEqual(1000);
      cut += Number(codePoints(preview) === 1000 && preview.endsWith("..."));
    }
  }
  expect(cut).toBeGreaterThan(20);
});

test("assessments name their trace, a span of it, and what they replace", () => {
  let count = 0;
  for (const { info, data } of traces) {
    const assessments = info.assessments ?? [];
    expect(info.assessments).not.toEqual([]);
    count += assessments.length;
    const ids = new Set(data.spans.map((span) => hexOf(span.span_id)));
    const replaced = new Set(assessments.flatMap(({ overrides }) => overrides ?? []));
    for (const assessment of assessments) {
      expect(assessment.assessment_id).toMatch(/^a-[0-9a-f]{32}$/);
      expect(assessment.trace_id).toBe(info.trace_id);
      if (assessment.span_id !== undefined) expect(ids).toContain(assessment.span_id);
      expect(Date.parse(assessment.create_time)).toBeGreaterThan(Date.parse(info.request_time));
      if (assessment.expectation !== undefined) expect("valid" in assessment).toBe(false);
      else expect(assessment.valid).toBe(!replaced.has(assessment.assessment_id));
    }
  }
  expect(count).toBeGreaterThan(50);
});
