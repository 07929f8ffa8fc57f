// The values of MLflow's records, hazard by hazard: attributes, tags, states, times, ids.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyText } from "../support/any-text.ts";
import { runs } from "../support/runs.ts";
import { loadRecords, loadTexts, type Row, rowsOf, span, trace } from "./rows.ts";

async function oneTrace(record: unknown): Promise<Row> {
  return rowsOf((await loadRecords([record])).dataset, "traces")[0] ?? {};
}

async function oneSpan(parts: Readonly<Record<string, unknown>>): Promise<Row> {
  const { dataset } = await loadRecords([trace({ spans: [span("00000000000000a1", parts)] })]);
  return rowsOf(dataset, "spans")[0] ?? {};
}

async function attributesOf(attributes: Readonly<Record<string, unknown>>): Promise<Row> {
  return oneSpan({ attributes });
}

describe("attributes", () => {
  it("are decoded once", async () => {
    const row = await attributesOf({
      text: '"LLM"',
      number: "0.5",
      flag: "true",
      raw: "not json",
      nul: "null",
      quoted: '"say \\"hi\\" \\u00e9"',
      empty: '""',
      nan: "NaN",
      cut: '{"a": 1',
      newline: '"a\\nb"',
    });
    expect(row).toMatchObject({
      "attributes.text": "LLM",
      "attributes.number": "0.5",
      "attributes.flag": "true",
      "attributes.raw": "not json",
      "attributes.quoted": 'say "hi" é',
      "attributes.empty": "",
      "attributes.nan": "NaN",
      "attributes.cut": '{"a": 1',
      "attributes.newline": "a\nb",
    });
    expect(row).not.toHaveProperty("attributes.nul");
  });

  it("that are no strings are taken as they are", async () => {
    expect(await attributesOf({ n: 0.5, i: 7, b: true, z: null, s: "plain" })).toMatchObject({
      "attributes.n": "0.5",
      "attributes.i": "7",
      "attributes.b": "true",
      "attributes.s": "plain",
    });
  });

  it("that are structured or long stay by place and are counted", async () => {
    const attributes = {
      list: "[1, 2]",
      object: { a: 1 },
      long: JSON.stringify("x".repeat(257)),
      fits: JSON.stringify("x".repeat(256)),
      escaped: JSON.stringify("é".repeat(128)),
      breaks: JSON.stringify("\n".repeat(256)),
      numbers: `[${"1,".repeat(50_000)}1]`,
      "mlflow.spanInputs": '"short"',
    };
    const { dataset, report } = await loadRecords([trace({ spans: [span("00000000000000a1", { attributes })] })]);
    expect(report.counters.unkeyedAttributes).toBe(4);
    expect(report.warnings).toEqual([]);
    expect([...(dataset.spans.keyed.get("attributes")?.keys ?? [])].sort()).toEqual(["breaks", "escaped", "fits"]);
    expect(JSON.parse(String(rowsOf(dataset, "spans")[0]?.["attributes"]))).toEqual(attributes);
  });

  it("agree with two JSON.parse, whatever the text", async () => {
    // Several at once: a load takes longer than its values.
    const value = fc.oneof(anyText(), fc.json({ maxDepth: 1 }));
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 8 }), async (texts) => {
        const row = await attributesOf(Object.fromEntries(texts.map((text, i) => [`k${i}`, text])));
        for (const [i, text] of texts.entries()) expect(row[`attributes.k${i}`]).toBe(decodedOnce(text));
      }),
      { numRuns: runs(15, 60) },
    );
  });
});

/** The keyed text of an attribute whose value is the string `text`, in the plainest way. */
function decodedOnce(text: string): string | undefined {
  let keyed: string | undefined = text;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string") keyed = value;
    else if (typeof value === "object") keyed = undefined;
    else keyed = text.trim();
  } catch {
    keyed = text;
  }
  return keyed !== undefined && Buffer.byteLength(keyed) > 256 ? undefined : keyed;
}

describe("tags and metadata", () => {
  it("that are no strings become their JSON text; null is absent", async () => {
    const info = {
      tags: { b: false, n: 1.5, z: null, o: { a: [1] }, s: "x" },
      trace_metadata: { is_truncated: false },
    };
    const row = await oneTrace(trace({ info }));
    expect(row).toMatchObject({
      "tag.b": "false",
      "tag.n": "1.5",
      "tag.o": '{"a":[1]}',
      "tag.s": "x",
      "metadata.is_truncated": "false",
    });
    expect(row).not.toHaveProperty("tag.z");
  });

  it("may be null, and are counted when they are no map", async () => {
    const { report } = await loadRecords([trace({ info: { tags: null, trace_metadata: "x" } })]);
    expect(report.counters).toEqual({ wrongTypes: 1 });
  });

  it("keep lone surrogates", async () => {
    const text = '{"trace_id":"a","request_time":"2026-01-01T00:00:00Z","tags":{"mlflow.traceName":"x\\ud800y"}}';
    expect(rowsOf((await loadTexts([text])).dataset, "traces")[0]?.["trace_name"]).toBe("x\ud800y");
  });
});

describe("states and statuses", () => {
  it.each([
    ["OK", "OK"],
    ["TraceStatus.OK", "OK"],
    ["TRACE_STATUS_UNSPECIFIED", "STATE_UNSPECIFIED"],
    ["STATE_UNSPECIFIED", "STATE_UNSPECIFIED"],
    [null, "STATE_UNSPECIFIED"],
    ["", "STATE_UNSPECIFIED"],
    ["IN_PROGRESS", "IN_PROGRESS"],
    ["Paused by hand", "Paused by hand"],
  ])("state %s is %s", async (status, state) => {
    expect((await oneTrace({ request_id: "r", timestamp_ms: 0, status }))["state"]).toBe(state);
  });

  it.each([
    [{ status: { code: "STATUS_CODE_ERROR", message: "m" } }, "ERROR", "m"],
    [{ status: { code: "OK", message: "" } }, "OK", undefined],
    [{ status: {} }, "UNSET", undefined],
    [{ status: null, status_code: "ERROR", status_message: "m" }, "ERROR", "m"],
    [{ status: "STATUS_CODE_OK" }, "OK", undefined],
    [{ status: { code: 2 } }, "ERROR", undefined],
  ])("status %j is %s", async (parts, status, message) => {
    const row = await oneSpan(parts);
    expect([row["status"], row["status_message"]]).toEqual([status, message]);
  });
});

describe("times and durations", () => {
  const nsOf = async (start: string, end = "null") => {
    const text = JSON.stringify(
      trace({ spans: [span("00000000000000a1", { start_time_unix_nano: 0, end_time_unix_nano: 0 })] }),
    );
    const record = text
      .replace('"start_time_unix_nano":0', `"start_time_unix_nano":${start}`)
      .replace('"end_time_unix_nano":0', `"end_time_unix_nano":${end}`);
    return rowsOf((await loadTexts([record])).dataset, "spans")[0];
  };

  it.each([
    ["1767225600123456789", 1767225600123456789n],
    ['"1767225600123456789"', 1767225600123456789n],
    ["1.7e18", 1_700_000_000_000_000_000n],
    ["1767225600123456", 1767225600123456000n],
    ["1767225600123", 1767225600123000000n],
    ["1767225600", 1767225600000000000n],
    ["100", 100n],
    ["0", 0n],
    ["-1", -1n],
    ['"2026-01-01T00:00:00.123456789Z"', 1767225600123456789n],
    ["9223372036854775807", 9223372036854775807n],
  ])("start %s", async (start, ns) => {
    expect((await nsOf(start))?.["start_ns"]).toBe(ns);
  });

  it.each([
    ["9223372036854775808", "E_RANGE"],
    ["1e400", "E_RANGE"],
    ['"2026-02-30T00:00:00Z"', "E_TIME"],
    ['"tomorrow"', "E_TIME"],
    ['""', "E_TIME"],
    ["true", "E_RECORD"],
    ["{}", "E_RECORD"],
    ["null", "E_RECORD"],
  ])("start %s rejects with %s", async (start, code) => {
    await expect(nsOf(start)).rejects.toMatchObject({ code, message: expect.stringContaining("start_time_unix_nano") });
  });

  it("subtracts in integers, floors ms, and keeps negative durations", async () => {
    expect(await nsOf("1700000000000000001", "1700000000001000000")).toMatchObject({
      duration_ns: 999_999,
      duration_ms: 0,
    });
    expect(await nsOf("1700000000003000000", "1700000000001000000")).toMatchObject({
      duration_ns: -2_000_000,
      duration_ms: -2,
    });
    expect(await nsOf("1700000000000000001", "1700000000000000000")).toMatchObject({
      duration_ns: -1,
      duration_ms: -1,
    });
    expect(await nsOf("-1", "1")).toMatchObject({ start_ms: -1, duration_ns: 2 });
    expect(await nsOf("1000000000000000001", "1700000000000000002")).toMatchObject({
      duration_ns: 700_000_000_000_000_001n,
      duration_ms: 700_000_000_000,
    });
    const beyond = await nsOf("-9000000000000000000", "9000000000000000000");
    expect([beyond?.["duration_ns"], beyond?.["duration_ms"]]).toEqual([undefined, 18_000_000_000_000]);
  });

  it("an end that is no time is null and counted", async () => {
    const { dataset, report } = await loadRecords([
      trace({ spans: [span("00000000000000a1", { end_time_unix_nano: "later" })] }),
    ]);
    expect(rowsOf(dataset, "spans")[0]).not.toHaveProperty("end_ns");
    expect(report.counters).toEqual({ badTimes: 1 });
  });

  it.each([
    ["2026-01-01T00:00:00Z", 1767225600000],
    ["2026-01-01T00:00:00.818Z", 1767225600818],
    ["2026-01-01T00:00:00.818999999+00:00", 1767225600818],
    ["2026-01-01 05:30:00+0530", 1767225600000],
    ["2026-01-01T00:00:00", 1767225600000],
    ["1969-12-31T23:59:59.9999Z", -1],
    [1767225600818, 1767225600818],
    ["1767225600818", 1767225600818],
    [100, 100],
    [1767225600818.9, 1767225600818],
  ])("request_time %s", async (request_time, ms) => {
    expect((await oneTrace(trace({ info: { request_time } })))["timestamp_ms"]).toBe(ms);
  });

  it.each([
    ["2026-02-30T00:00:00Z", "E_TIME"],
    ["2026-01-01T24:00:00Z", "E_TIME"],
    ["1e30", "E_RANGE"],
    [true, "E_RECORD"],
    [{}, "E_RECORD"],
  ])("request_time %s rejects with %s", async (request_time, code) => {
    await expect(oneTrace(trace({ info: { request_time } }))).rejects.toMatchObject({ code });
  });

  it("a start that is absent is the root span's, else a reject", async () => {
    const withSpan = trace({
      info: { request_time: null },
      spans: [span("00000000000000a2", { parent_span_id: "00000000000000a1" }), span("00000000000000a1")],
    });
    expect((await oneTrace(withSpan))["timestamp_ms"]).toBe(1767225600000);
    await expect(oneTrace(trace({ info: { request_time: null } }))).rejects.toMatchObject({ code: "E_RECORD" });
  });

  it.each([
    [{ execution_duration_ms: 1234 }, 1234],
    [{ execution_duration: "1.234s" }, 1234],
    [{ execution_duration: "-0.005s" }, -5],
    [{ execution_duration: "0s" }, 0],
    [{ execution_duration: 22176.0 }, 22176],
    [{ execution_duration: 22176.9 }, 22176],
    [{ execution_duration: "0.0019s" }, 1],
    [{ execution_time_ms: "17" }, 17],
    [{ execution_time_ms: null }, undefined],
    [{ execution_duration: "soon" }, undefined],
    [{ execution_duration: true }, undefined],
    [{ execution_duration_ms: "9007199254740993" }, 9007199254740993n],
    [{ execution_duration_ms: "-9007199254740992.5" }, -9007199254740993n],
    [{ execution_duration_ms: "9007199254740991.9" }, 9007199254740991],
    [{ execution_duration: "9007199254740.9939s" }, 9007199254740993n],
    [{ execution_duration_ms: "9223372036854775807" }, 9223372036854775807n],
    [{ execution_duration_ms: "9223372036854775808" }, undefined],
    [{ execution_duration_ms: 1e300 }, undefined],
  ])("duration %j", async (info, ms) => {
    expect((await oneTrace(trace({ info })))["execution_duration_ms"]).toBe(ms);
  });
});

describe("ids", () => {
  it("of spans, parents and assessments join whatever their spelling", async () => {
    const spans = [
      span("APBnqgupArc="),
      span("0x53995C3F42CD8AD8", { parent_span_id: "00F067AA0BA902B7" }),
      span("5", { parent_span_id: "0000000000000000" }),
    ];
    const info = { assessments: [{ assessment_name: "a", span_id: "U5lcP0LNitg=" }] };
    const { dataset, report } = await loadRecords([trace({ info, spans })]);
    const rows = rowsOf(dataset, "spans");
    expect(rows.map((row) => [row["span_id"], row["parent_span_id"]])).toEqual([
      ["00f067aa0ba902b7", undefined],
      ["53995c3f42cd8ad8", "00f067aa0ba902b7"],
      ["5", undefined],
    ]);
    expect(rowsOf(dataset, "assessments")[0]?.["span_id"]).toBe("53995c3f42cd8ad8");
    expect(report.counters).toEqual({ malformedIds: 1 });
  });

  it("a span without an id rejects its record", async () => {
    for (const id of [null, "", 7, {}]) {
      const spans = [{ ...span("x"), span_id: id }];
      await expect(loadRecords([trace({ spans })])).rejects.toMatchObject({
        code: "E_RECORD",
        message: expect.stringContaining("span_id"),
      });
    }
  });

  it("a trace without an id takes that of its spans, else it is a reject", async () => {
    const named = span("00000000000000a1", { attributes: { "mlflow.traceRequestId": '"tr-x"' } });
    expect((await oneTrace(trace({ info: { trace_id: null }, spans: [named] })))["trace_id"]).toBe("tr-x");
    await expect(oneTrace(trace({ info: { trace_id: null } }))).rejects.toMatchObject({ code: "E_RECORD" });
    await expect(oneTrace(trace({ info: { trace_id: 12 } }))).rejects.toMatchObject({ code: "E_RECORD" });
  });
});
