// How the walker reads ids, times and numbers, many characters at once: the same tables as the interpreter's for every
// spelling of a value with a wrong character in any one place.

import { describe, it } from "vitest";
import { memorySource } from "../../src/ingest/sources.ts";
import { expectSameReaders, loadOptions, span, trace } from "./rows.ts";

const ODD = Array.from("0159/:;@AFGZ[`afgz{+-_=.~ \u00e9");

/** `good` and all texts that differ from it in one place. */
function spoilt(good: string): readonly string[] {
  return [good, ...Array.from(good).flatMap((_, at) => ODD.map((odd) => good.slice(0, at) + odd + good.slice(at + 1)))];
}

async function expectSame(records: readonly string[]): Promise<void> {
  const bytes = Buffer.from(records.join("\n"));
  await expectSameReaders([memorySource("m", bytes)], loadOptions({ onError: "skip" }));
}

describe("values of the walker", () => {
  it("are span ids in all their forms", async () => {
    const short = Array.from({ length: 17 }, (_, length) => `0x${"9aB0c1d2E3f405a6".slice(0, length)}`);
    const ids = ["9aB0c1d2E3f405a6", "AZaz09+/-_8=", "////////////"].flatMap(spoilt).concat(short);
    const spans = ids.map((id) => [span(id), span("00000000000000a1", { parent_span_id: id })]);
    await expectSame(spans.map((both, i) => JSON.stringify(trace({ id: `tr-${i}`, spans: both }))));
  });

  it("are trace ids in one spelling", async () => {
    const ids = ["tr-0123456789abcdef0123456789abcdef", "fedcba98765432100123456789abcdef"].flatMap(spoilt);
    const records = ids.map((id) => JSON.stringify(trace({ id })));
    // One id in two spellings: the later record takes the place of the earlier one.
    const spellings = ['"ab"', '"a\\u0062"', '"a/b"', '"a\\/b"', '"a\\nb"', '"a\\u000ab"', '"a\\"b"'];
    const others = spellings.map((text) => JSON.stringify(trace({ id: "@" })).replaceAll('"@"', () => text));
    await expectSame([...records, ...others]);
  });

  it("are numbers of all lengths", async () => {
    const digits = "9876543210987654321098";
    const whole = Array.from(digits, (_, at) => [digits.slice(at), `0${digits.slice(at)}`, `${digits.slice(at)}.5`]);
    const texts = [...whole.flat(), ...spoilt("1234567"), ...spoilt("12345678"), ...spoilt("1234567890123")];
    const floats = ["0.00034649999999999997", "1e23", "9007199254740993", "0.1e-70", "123456789012345678901", "1e400"];
    const records = texts.concat(floats).map((text, i) => {
      const values = { "mlflow.llm.cost": JSON.stringify({ total_cost: text, input_cost: 0.1 }) };
      const usage = { "mlflow.chat.tokenUsage": JSON.stringify({ input_tokens: text }) };
      const spans = [span("00000000000000a1", { attributes: values }), span("00000000000000a2", { attributes: usage })];
      const info = {
        execution_duration: `${text}s`,
        trace_metadata: { "mlflow.trace.cost": `{"total_cost": ${text}}` },
      };
      return JSON.stringify(trace({ id: `tr-${i}`, info, spans }));
    });
    await expectSame(records);
  });

  it("are objects of numbers inside strings, at a span and at the trace", async () => {
    const many = Array.from({ length: 40 }, (_, i) => `"k${i}": ${i}`);
    const texts = [
      ...spoilt('{"input_tokens": 13, "total_tokens" :7}').flatMap((text) => [text, text.replace(" ", "\n")]),
      ...["{}", "{ }", "{", "null", "[]", "5", '{"input_tokens": 1} ', ' {"input_tokens": 1}', '{"input_tokens": 1,}'],
      ...['{"input_tokens": 1}}', '{"input_tokens": {"a": 1}}', '{"\\u0069nput_tokens": 1}', '{"input\\_tokens": 1}'],
      ...[31, 32, 33, 40].map((count) => `{${many.slice(0, count - 1).join(", ")}, "input_tokens": 2}`),
      ...['{"input_tokens": 1, "input_tokens": 2}', '{"input_tokens": "1"}', '{"input_tokens": null}'],
    ];
    const usage = (text: string) => ({ "mlflow.chat.tokenUsage": text, "mlflow.trace.tokenUsage": text });
    const own = texts.map((text, i) =>
      trace({ id: `tr-${i}`, info: { trace_metadata: usage(text) }, spans: [span("00000000000000a1")] }),
    );
    const summed = texts.map((text, i) => {
      const spans = [span("00000000000000a1", { attributes: usage(text) })];
      const last = span("00000000000000a2", { attributes: usage('{"input_tokens": 5}') });
      return trace({ id: `ts-${i}`, info: { trace_metadata: usage(text) }, spans: [...spans, last] });
    });
    await expectSame([...own, ...summed].map((record) => JSON.stringify(record)));
  });

  it("are nanoseconds, the only numbers that must be exact", async () => {
    const times = ["1767225600123456789", "999999999999999999", "8999999999999999999", "9000000000000000000"];
    const odd = [
      "17672256001234567",
      "1.767225600123456e18",
      "-767225600123456789",
      "1767225600123456789.0",
      "0",
      "9".repeat(19),
    ];
    const made = JSON.stringify(trace({ id: "tr-0", spans: [span("00000000000000a1", { end_time_unix_nano: null })] }));
    const start = /(?<=start_time_unix_nano":)\d+/;
    await expectSame(times.concat(odd).map((time, i) => made.replace("tr-0", `tr-${i}`).replace(start, time)));
  });
});
