// How the walker finds keys: it expects them in the order of the record before, and compares 16 bytes at either end. The
// same tables as the interpreter's for keys that differ where it does not look first, in any order, of any length, twice
// in an object, and of more kinds than it remembers.

import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/ingest/sources.ts";
import { Chance } from "./mutated-records.ts";
import { expectSameReaders, loadOptions, span, trace } from "./rows.ts";

const USAGE = "cache_creation_input_tokens";
const ATTRIBUTES = [
  ["mlflow.spanType", '"LLM"'],
  ["mlflow.llm.model", '"m"'],
  ["mlflow.llm.provider", '"p"'],
  ["mlflow.chat.tokenUsage", `{"input_tokens": 3, "${USAGE}": 4, "output_tokens": null}`],
  ["mlflow.llm.cost", '{"total_cost": 0.25}'],
] as const;

async function expectSame(records: readonly unknown[], texts: readonly string[] = []): Promise<void> {
  const lines = [...records.map((record) => JSON.stringify(record)), ...texts];
  await expectSameReaders([memorySource("m", Buffer.from(lines.join("\n")))], loadOptions({ onError: "skip" }));
}

function traceOf(i: number, attributes: object): object {
  const tokenUsage = { "mlflow.trace.tokenUsage": `{"input_tokens": ${i}}`, "mlflow.trace.session": `s${i % 3}` };
  return trace({
    id: `tr-${i}`,
    info: { trace_metadata: tokenUsage },
    spans: [span("00000000000000a1", { attributes })],
  });
}

/** A key with one character replaced, or cut, or longer. */
function near(key: string, at: number): readonly string[] {
  return [`${key.slice(0, at)}~${key.slice(at + 1)}`, key.slice(0, at), `${key}${key.slice(0, at)}`];
}

describe("keys of the walker", () => {
  it("are told from keys that differ in any one place", async () => {
    const records = ATTRIBUTES.flatMap(([key, value]) =>
      Array.from(key, (_, at) => near(key, at).flatMap((other) => [{ [key]: value }, { [other]: value }])).flat(),
    );
    const usages = Array.from(USAGE, (_, at) => near(USAGE, at)).flat();
    const inner = usages.map((other) => ({ "mlflow.chat.tokenUsage": JSON.stringify({ [other]: 7, [USAGE]: 5 }) }));
    await expectSame([...records, ...inner].map((attributes, i) => traceOf(i, attributes)));
  });

  it("with a null give way to the next key that means the same", async () => {
    const spans = [
      span("00000000000000a1", { status: null, status_code: "ERROR" }),
      span("00000000000000a2", { status: { code: null, message: null }, status_code: "ERROR", status_message: "no" }),
      span("00000000000000a3", { parent_span_id: null, parent_id: "00000000000000a1" }),
      span("00000000000000a4", { parent_span_id: "00000000000000a2", parent_id: "00000000000000a1", name: null }),
    ];
    await expectSame(spans.map((one, i) => trace({ id: `tr-${i}`, spans: [one] })));
  });

  it("with a null are no keys that the record has not", async () => {
    const one = trace({ id: "tr-1", spans: [span("00000000000000a1")] });
    const records = [one, { ...one, data: null }, { info: one.info }, { ...one, info: null }, { data: one.data }];
    await expectSame(records.concat(records, records.toReversed()));
  });

  it("are found in any order, twice, as nulls, and among more keys than are remembered", async () => {
    const chance = new Chance(3);
    const long = "k".repeat(70);
    const records = Array.from({ length: 300 }, (_, i) => {
      const entries = ATTRIBUTES.flatMap(([key, value]): string[] => {
        const shown = chance.once(4) ? "null" : JSON.stringify(value);
        return chance.once(3) ? [] : [`"${key}":${shown}`];
      });
      for (let more = chance.below(12); more > 0; more -= 1)
        entries.push(`"${long.slice(0, chance.below(70))}${i}":"1"`);
      for (let at = entries.length - 1; at > 0; at -= 1) {
        const other = chance.below(at + 1);
        [entries[at], entries[other]] = [entries[other] ?? "", entries[at] ?? ""];
      }
      if (chance.once(3)) entries.push(...entries.slice(0, 2));
      if (chance.once(20)) entries.push('"mlflow.\\u0073panType":"\\"X\\""');
      return JSON.stringify(traceOf(i, {})).replace('"attributes":{', () => `"attributes":{${entries.join(",")}`);
    });
    expect(records[0]).toContain("mlflow.");
    await expectSame([], records);
  });
});
