// Writes one synthetic trace after the other into the columns of the traces table.
// Called by columns.ts: start() draws what spans need to know, finish() writes the row with the totals of its spans.
// What must stay true: as in span-columns.ts, no draw depends on the columns that are wanted.

import { mixBits } from "../columns/byte-hash.ts";
import type { TableBuilder } from "../columns/table-builder.ts";
import { APPS, type App } from "./apps.ts";
import { CodedTexts, NumberedTexts } from "./coded-texts.ts";
import { type Choices, type Random, weighted } from "./random.ts";
import { DURATION, INFO, SESSION, STATE } from "./shapes.ts";
import type { SpanScene, SpanSums } from "./span-columns.ts";

const NS_PER_MS = 1_000_000;
const ID_BYTES = 16;
const ID_PREFIX = [0x74, 0x72, 0x2d];
const HEX = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const NO_SESSION = -1;
/** 2^32 over the golden ratio, odd: spreads salts over all numbers. */
const GOLDEN = 0x9e3779b1;

/** The part of the options that concerns traces. */
export interface TraceColumnsOptions {
  readonly experiments?: number;
  readonly sessions?: { readonly distinct: number; readonly share: number };
}

/** The traces table under construction. */
export class TraceColumns {
  readonly #table: TableBuilder;
  readonly #random: Random;
  readonly #options: TraceColumnsOptions;
  readonly #apps: Choices<number> = weighted(APPS.map(({ share }, index) => [index, share] as const));
  readonly #texts;
  readonly #numbers;
  readonly #id = Uint8Array.from([...ID_PREFIX, ...new Array<number>(2 * ID_BYTES).fill(0)]);
  #app = 0;
  #session = NO_SESSION;
  #user = 0;

  constructor(table: TableBuilder, random: Random, options: TraceColumnsOptions) {
    this.#table = table;
    this.#random = random;
    this.#options = options;
    const number = (name: string) => table.float64(name);
    const integer = (name: string) => table.integer(name);
    this.#texts = {
      id: table.utf8("trace_id"),
      experiment: new CodedTexts(table.dictionary("experiment_id")),
      state: new CodedTexts(table.dictionary("state")),
      name: new CodedTexts(table.dictionary("trace_name")),
      session: new NumberedTexts(table.dictionary("session"), sessionText),
      user: new NumberedTexts(table.dictionary("user"), (user) => `user-${user}`),
    };
    this.#numbers = {
      timestamp: number("timestamp_ms"),
      duration: integer("execution_duration_ms"),
      input: integer("input_tokens"),
      output: integer("output_tokens"),
      total: integer("total_tokens"),
      cacheRead: integer("cache_read_input_tokens"),
      cacheCreation: integer("cache_creation_input_tokens"),
      inputUsd: number("input_cost"),
      outputUsd: number("output_cost"),
      totalUsd: number("total_cost"),
      spans: table.int32("span_count"),
      errors: table.int32("error_span_count"),
    };
  }

  /** Draws the next trace: it ends at `endMs`, ms since 1970 with fractions, and has `count` spans. */
  start(endMs: number, count: number): SpanScene {
    const random = this.#random;
    this.#app = random.pick(this.#apps);
    const app = this.#appAt(this.#app);
    this.#drawSession();
    const drawn = random.unit();
    const state = drawn < STATE.errorShare ? "ERROR" : drawn < ERROR_OR_OPEN ? "IN_PROGRESS" : "OK";
    const stretch = Math.max(1, Math.sqrt(count / DURATION.stretchSpans));
    const { median, sigma } = DURATION.traceMs;
    const durationNs = Math.floor(random.logNormal(median * app.slowness, sigma) * stretch * NS_PER_MS);
    const start = endMs - durationNs / NS_PER_MS;
    const startMs = Math.floor(start);
    const startNsOfMs = Math.floor((start - startMs) * NS_PER_MS);
    return { traceRow: this.#table.rows, app, state, count, startMs, startNsOfMs, durationNs };
  }

  /** Writes the row of the trace that was started, with the totals of its spans. */
  finish(scene: SpanScene, sums: SpanSums): void {
    const row = this.#table.rows;
    const texts = this.#texts;
    const numbers = this.#numbers;
    if (texts.id !== undefined) texts.id.set(row, this.#drawId(row), 0, this.#id.length);
    texts.experiment.set(row, String((this.#app % (this.#options.experiments ?? 1)) + 1));
    texts.state.set(row, scene.state);
    texts.name.set(row, scene.app.name);
    if (this.#session !== NO_SESSION) texts.session.set(row, this.#session);
    if (this.#user > 0) texts.user.set(row, this.#user);
    numbers.timestamp?.set(row, scene.startMs);
    if (scene.state !== "IN_PROGRESS") numbers.duration?.set(row, Math.floor(scene.durationNs / NS_PER_MS));
    numbers.input?.set(row, sums.inputTokens);
    numbers.output?.set(row, sums.outputTokens);
    numbers.total?.set(row, sums.totalTokens);
    numbers.cacheRead?.set(row, sums.cacheReadTokens);
    numbers.cacheCreation?.set(row, sums.cacheCreationTokens);
    numbers.inputUsd?.set(row, sums.inputUsd);
    numbers.outputUsd?.set(row, sums.outputUsd);
    numbers.totalUsd?.set(row, sums.totalUsd);
    numbers.spans?.set(row, scene.count);
    numbers.errors?.set(row, sums.errors);
    this.#table.rows = row + 1;
  }

  #appAt(index: number): App {
    return (APPS[index] as (typeof APPS)[number]).app;
  }

  /** Session and user: traces of a session stand near each other, unless a number of sessions is asked for. */
  #drawSession(): void {
    const random = this.#random;
    const { sessions } = this.#options;
    const has = random.chance(sessions?.share ?? INFO.sessionShare);
    const group = Math.floor(this.#table.rows / SESSION.groupTraces) * SESSION.groupSessions;
    const number =
      sessions === undefined ? group + random.below(SESSION.groupSessions) : random.below(sessions.distinct);
    this.#session = has ? number : NO_SESSION;
    const user = Math.floor(random.logUniform(1, INFO.users + 1));
    this.#user = random.chance(has ? INFO.userShareInSession : INFO.userShareAlone) ? user : 0;
  }

  /** A trace id: 128 bits that are told by the row, in hex. */
  #drawId(row: number): Uint8Array {
    const id = this.#id;
    let word = row;
    for (let at = 0; at < ID_BYTES; at += 1) {
      if (at % 4 === 0) word = scrambled(row, at);
      id[ID_PREFIX.length + 2 * at] = HEX[(word >>> 4) & 15]!;
      id[ID_PREFIX.length + 2 * at + 1] = HEX[word & 15]!;
      word >>>= 8;
    }
    return id;
  }
}

const ERROR_OR_OPEN = STATE.errorShare + STATE.inProgressShare;

function sessionText(session: number): string {
  return [0, 1, 2, 3].map((part) => scrambled(session, part).toString(16).padStart(8, "0")).join("");
}

/** A number's 32 bits in disorder, different by `salt`; one to one for each salt, so that ids are distinct. */
function scrambled(number: number, salt: number): number {
  return mixBits((number + Math.imul(salt + 1, GOLDEN)) | 0) >>> 0;
}
