// Writes the assessments of one synthetic trace after the other into the columns of the assessments table.
// Called by columns.ts. What must stay true: `numeric_value` is what the loader makes of `value`; an assessment that another
// one replaces is not valid, and its correction follows it under the same name.

import type { TableBuilder } from "../columns/table-builder.ts";
import { FEEDBACK_NAMES } from "./apps.ts";
import { CodedTexts } from "./coded-texts.ts";
import { pythonFloat } from "./json-escape.ts";
import type { Random } from "./random.ts";
import { ASSESSMENT } from "./shapes.ts";

/** A value as JSON text and as the number that it counts for; NaN: none. */
interface Value {
  readonly text: string;
  readonly number: number;
}

type ValueKind = (typeof FEEDBACK_NAMES.values)[number]["value"];

const HOUR_MS = 3_600_000;
const YES: Value = { text: '"yes"', number: 1 };
const NO: Value = { text: '"no"', number: 0 };
const TRUE: Value = { text: "true", number: 1 };
const FALSE: Value = { text: "false", number: 0 };
const SCORES = Array.from({ length: 101 }, (_, i) => numberValue(i / 100));
const STARS = [1, 2, 3, 4, 5].map(numberValue);
const ROUTES: readonly Value[] = ['"refunds"', '"orders"'].map((text) => ({ text, number: Number.NaN }));
const SOURCE_IDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["CODE", ["exact_match"]],
  ["HUMAN", Array.from({ length: 12 }, (_, i) => `reviewer-${i + 1}@example.com`)],
  ["LLM_JUDGE", ["openai:/gpt-4.1-mini", "anthropic:/claude-sonnet-4-5"]],
]);

function numberValue(number: number): Value {
  return { text: pythonFloat(number), number };
}

/** The assessments table under construction. */
export class AssessmentColumns {
  readonly #table: TableBuilder;
  readonly #random: Random;
  readonly #texts: { readonly [column in "name" | "type" | "value" | "error" | "source" | "sourceId"]: CodedTexts };
  readonly #columns;

  constructor(table: TableBuilder, random: Random) {
    this.#table = table;
    this.#random = random;
    const text = (name: string): CodedTexts => new CodedTexts(table.dictionary(name));
    this.#texts = {
      name: text("name"),
      type: text("type"),
      value: text("value"),
      error: text("error_code"),
      source: text("source_type"),
      sourceId: text("source_id"),
    };
    this.#columns = {
      traceRow: table.int32("trace_row"),
      number: table.float64("numeric_value"),
      created: table.float64("create_time_ms"),
      updated: table.float64("last_update_time_ms"),
      valid: table.bool("valid"),
    };
  }

  /** Appends `count` assessments of a trace that ended at `endMs`, ms since 1970. */
  write(traceRow: number, endMs: number, count: number): void {
    const random = this.#random;
    for (let left = count; left > 0; left -= 1) {
      const source = random.pick(ASSESSMENT.sources);
      if (source === "HUMAN" && random.chance(0.3)) {
        this.#expectation(this.#row(traceRow, endMs, source));
        continue;
      }
      const feedback = random.pick(FEEDBACK_NAMES);
      const isReplaced = left > 1 && random.chance(ASSESSMENT.overriddenShare);
      const row = this.#row(traceRow, endMs, source);
      const isFailed = source === "LLM_JUDGE" && random.chance(ASSESSMENT.errorShare);
      this.#columns.valid?.set(row, isReplaced ? 0 : 1);
      this.#feedback(row, feedback.name, isFailed ? undefined : this.#judge(feedback.value));
      if (!isReplaced) continue;
      left -= 1;
      const correction = this.#row(traceRow, endMs + HOUR_MS, source);
      this.#columns.valid?.set(correction, 1);
      this.#feedback(correction, feedback.name, this.#judge(feedback.value));
    }
  }

  /** A new row with what all assessments have. */
  #row(traceRow: number, endMs: number, source: string): number {
    const random = this.#random;
    const row = this.#table.rows;
    const createdMs = endMs + random.between(500, HOUR_MS);
    this.#columns.traceRow?.set(row, traceRow);
    this.#columns.created?.set(row, createdMs);
    this.#columns.updated?.set(row, random.chance(0.1) ? createdMs + random.between(1, HOUR_MS) : createdMs);
    this.#texts.source.set(row, source);
    this.#texts.sourceId.set(row, random.oneOf(SOURCE_IDS.get(source) ?? []));
    this.#table.rows = row + 1;
    return row;
  }

  #expectation(row: number): void {
    const random = this.#random;
    const isRoute = random.chance(0.5);
    this.#texts.name.set(row, isRoute ? "expected_route" : "expected_documents");
    this.#texts.type.set(row, "expectation");
    this.#columns.valid?.set(row, 1);
    this.#value(row, random.oneOf(isRoute ? ROUTES : STARS));
  }

  /** `value`: undefined when the judge failed. */
  #feedback(row: number, name: string, value: Value | undefined): void {
    this.#texts.name.set(row, name);
    this.#texts.type.set(row, "feedback");
    if (value === undefined) this.#texts.error.set(row, "JUDGE_ERROR");
    else this.#value(row, value);
  }

  #value(row: number, value: Value): void {
    this.#texts.value.set(row, value.text);
    if (!Number.isNaN(value.number)) this.#columns.number?.set(row, value.number);
  }

  #judge(kind: ValueKind): Value {
    const random = this.#random;
    switch (kind) {
      case "boolean":
        return random.chance(0.96) ? TRUE : FALSE;
      case "score":
        return SCORES[Math.round(random.unit() ** 0.5 * 100)] as Value;
      case "stars":
        return random.oneOf(STARS);
      default:
        return random.chance(0.8) ? YES : NO;
    }
  }
}
