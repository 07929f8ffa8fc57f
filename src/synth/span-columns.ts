// Writes the spans of one synthetic trace after the other into the columns of the spans table.
// Called by columns.ts. What must stay true: every draw happens whether or not its column is wanted, so that the values of a
// column do not depend on the others that are asked for. A trace's totals are the sums of its calls.

import type { TableBuilder } from "../columns/table-builder.ts";
import type { App, Model } from "./apps.ts";
import { CodedTexts } from "./coded-texts.ts";
import type { Choices, Random } from "./random.ts";
import { DURATION, INNER_TYPES, LEAF_TYPES, SINGLE_TYPES, STATE, TOKENS } from "./shapes.ts";
import type { Cost, SyntheticTrace, Usage } from "./trace-model.ts";
import { costOf, drawUsage } from "./usage.ts";

const NS_PER_MS = 1_000_000;
/** Share of spans below the root that have children. */
const INNER_SHARE = 0.2;
const SHORT_SHARES: ReadonlyMap<string, number> = new Map(Object.entries(DURATION.shortShare));

/** What spans need to know of their trace. */
export interface SpanScene {
  readonly traceRow: number;
  readonly app: App;
  readonly state: SyntheticTrace["state"];
  /** At least 1. */
  readonly count: number;
  /** Whole ms since 1970, and ns past them in [0, 1e6). */
  readonly startMs: number;
  readonly startNsOfMs: number;
  /** ns; what the trace takes, or would take if it ended. */
  readonly durationNs: number;
}

/** Sums over the spans of a trace; NaN where no span has the figure. */
export interface SpanSums {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  cacheReadTokens: number;
  cacheCreationTokens: number;
  inputUsd: number;
  outputUsd: number;
  totalUsd: number;
  errors: number;
}

interface Place {
  readonly row: number;
  readonly depth: number;
  readonly type: string;
  /** ns from the start of the trace. */
  readonly offsetNs: number;
  readonly durationNs: number;
  /** Whether the trace's error, or its being open, reaches the span. */
  readonly isAffected: boolean;
}

/** The spans table under construction. */
export class SpanColumns {
  /** Of the trace written last. */
  readonly sums: SpanSums = {
    inputTokens: Number.NaN,
    outputTokens: Number.NaN,
    totalTokens: Number.NaN,
    cacheReadTokens: Number.NaN,
    cacheCreationTokens: Number.NaN,
    inputUsd: Number.NaN,
    outputUsd: Number.NaN,
    totalUsd: Number.NaN,
    errors: 0,
  };
  readonly #table: TableBuilder;
  readonly #random: Random;
  readonly #texts: { readonly [column in "name" | "type" | "status" | "model" | "provider"]: CodedTexts };
  readonly #numbers;
  readonly #rows;
  readonly #times;

  constructor(table: TableBuilder, random: Random) {
    this.#table = table;
    this.#random = random;
    const text = (name: string): CodedTexts => new CodedTexts(table.dictionary(name));
    this.#texts = {
      name: text("name"),
      type: text("type"),
      status: text("status"),
      model: text("model"),
      provider: text("provider"),
    };
    this.#rows = { trace: table.int32("trace_row"), depth: table.int32("depth") };
    this.#times = {
      startNs: table.int64("start_ns"),
      endNs: table.int64("end_ns"),
      startMs: table.float64("start_ms"),
      durationNs: table.integer("duration_ns"),
      durationMs: table.float64("duration_ms"),
    };
    this.#numbers = {
      input: table.integer("input_tokens"),
      output: table.integer("output_tokens"),
      total: table.integer("total_tokens"),
      cacheRead: table.integer("cache_read_input_tokens"),
      cacheCreation: table.integer("cache_creation_input_tokens"),
      inputUsd: table.float64("input_cost"),
      outputUsd: table.float64("output_cost"),
      totalUsd: table.float64("total_cost"),
    };
  }

  /** Appends the spans of a trace, the root first; `sums` then holds its totals. */
  write(scene: SpanScene): void {
    clear(this.sums);
    const random = this.#random;
    const { count, app, durationNs } = scene;
    const rootType = count === 1 ? random.pick(SINGLE_TYPES) : app.rootType;
    const isAffected = scene.state !== "OK";
    const first = this.#table.rows;
    this.#span(scene, { row: first, depth: 0, type: rootType, offsetNs: 0, durationNs, isAffected });
    let offsetNs = 0;
    let depth = 1;
    for (let left = count - 1; left > 0; left -= 1) {
      const isInner = left > 1 && random.chance(INNER_SHARE);
      const type = isInner ? random.pick(INNER_TYPES) : random.pick(LEAF_TYPES);
      const spanNs = this.#shareOf(type, durationNs - offsetNs, left);
      const isLast = left === 1;
      const row = this.#table.rows;
      this.#span(scene, { row, depth, type, offsetNs, durationNs: spanNs, isAffected: isAffected && isLast });
      // A child of an inner span starts with it; any other span starts when the one before has ended.
      if (isInner) depth += 1;
      else offsetNs += spanNs;
    }
  }

  /** ns of one of the `left` spans that share the time that remains. */
  #shareOf(type: string, remainingNs: number, left: number): number {
    const random = this.#random;
    const { low, high } = DURATION.shortMs;
    const isShort = random.chance(SHORT_SHARES.get(type) ?? 0);
    const drawn = isShort ? random.logUniform(low, high) * NS_PER_MS : (remainingNs / left) * (0.4 + random.unit());
    return Math.floor(Math.min(drawn, remainingNs));
  }

  #span(scene: SpanScene, place: Place): void {
    const { row, type, isAffected } = place;
    const { app, state } = scene;
    const random = this.#random;
    const isOpen = isAffected && state === "IN_PROGRESS";
    const isCaught = !isAffected && type === "TOOL" && random.chance(STATE.caughtToolErrorShare);
    const isFailed = (isAffected && !isOpen) || isCaught;
    if (isFailed) this.sums.errors += 1;
    this.#rows.trace?.set(row, scene.traceRow);
    this.#rows.depth?.set(row, place.depth);
    this.#texts.name.set(row, random.pick(app.spanNames.get(type) as Choices<string>));
    this.#texts.type.set(row, type);
    this.#texts.status.set(row, isOpen ? "UNSET" : isFailed ? "ERROR" : "OK");
    this.#time(scene, place, isOpen);
    if (type === "CHAT_MODEL" || type === "LLM") this.#call(row, app, state);
    this.#table.rows = row + 1;
  }

  #time(scene: SpanScene, { row, offsetNs, durationNs }: Place, isOpen: boolean): void {
    const times = this.#times;
    const startNsOfMs = scene.startNsOfMs + offsetNs;
    const startMs = scene.startMs + Math.floor(startNsOfMs / NS_PER_MS);
    times.startMs?.set(row, startMs);
    const startNs = times.startNs ?? times.endNs;
    if (startNs !== undefined) {
      const exact = BigInt(startMs) * 1_000_000n + BigInt(startNsOfMs % NS_PER_MS);
      times.startNs?.set(row, exact);
      if (!isOpen) times.endNs?.set(row, exact + BigInt(durationNs));
    }
    if (isOpen) return;
    times.durationNs?.set(row, durationNs);
    times.durationMs?.set(row, Math.floor(durationNs / NS_PER_MS));
  }

  /** Model, tokens and cost of a model call. */
  #call(row: number, app: App, state: SyntheticTrace["state"]): void {
    const random = this.#random;
    const model: Model = random.pick(app.models);
    this.#texts.model.set(row, model.name);
    this.#texts.provider.set(row, model.provider);
    const usage = drawUsage(random, app);
    if (state === "IN_PROGRESS" || !random.chance(TOKENS.reportedShare)) return;
    this.#usage(row, usage);
    const cost = costOf(model, usage);
    if (cost !== undefined) this.#cost(row, cost);
  }

  #usage(row: number, usage: Usage): void {
    const { sums } = this;
    const numbers = this.#numbers;
    numbers.input?.set(row, usage.inputTokens);
    numbers.output?.set(row, usage.outputTokens);
    numbers.total?.set(row, usage.totalTokens);
    sums.inputTokens = added(sums.inputTokens, usage.inputTokens);
    sums.outputTokens = added(sums.outputTokens, usage.outputTokens);
    sums.totalTokens = added(sums.totalTokens, usage.totalTokens);
    if (usage.cacheReadTokens === undefined || usage.cacheCreationTokens === undefined) return;
    numbers.cacheRead?.set(row, usage.cacheReadTokens);
    numbers.cacheCreation?.set(row, usage.cacheCreationTokens);
    sums.cacheReadTokens = added(sums.cacheReadTokens, usage.cacheReadTokens);
    sums.cacheCreationTokens = added(sums.cacheCreationTokens, usage.cacheCreationTokens);
  }

  #cost(row: number, cost: Cost): void {
    const { sums } = this;
    const numbers = this.#numbers;
    numbers.inputUsd?.set(row, cost.inputUsd);
    numbers.outputUsd?.set(row, cost.outputUsd);
    numbers.totalUsd?.set(row, cost.totalUsd);
    sums.inputUsd = added(sums.inputUsd, cost.inputUsd);
    sums.outputUsd = added(sums.outputUsd, cost.outputUsd);
    sums.totalUsd = added(sums.totalUsd, cost.totalUsd);
  }
}

function clear(sums: SpanSums): void {
  sums.inputTokens = Number.NaN;
  sums.outputTokens = Number.NaN;
  sums.totalTokens = Number.NaN;
  sums.cacheReadTokens = Number.NaN;
  sums.cacheCreationTokens = Number.NaN;
  sums.inputUsd = Number.NaN;
  sums.outputUsd = Number.NaN;
  sums.totalUsd = Number.NaN;
  sums.errors = 0;
}

/** The sum where NaN stands for nothing yet. */
function added(sum: number, more: number): number {
  return Number.isNaN(sum) ? more : sum + more;
}
