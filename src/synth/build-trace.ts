// Makes the model of trace number `index` of an export. Called by export.ts, and by tests.
// What must stay true: a trace depends on the seed, its index and the options, and on no other trace.

import { APPS, type App, EXCEPTIONS, type Model, USER_TAGS } from "./apps.ts";
import { drawAssessments } from "./assessments.ts";
import {
  drawBytes,
  rootInputs,
  rootOutputs,
  spanInputs,
  spanOutputs,
  systemPrompt,
  type TraceTexts,
} from "./payloads.ts";
import { type Choices, Random, weighted } from "./random.ts";
import * as shapes from "./shapes.ts";
import { growTree, type SpanTimes, type SpanTree, spreadTimes } from "./span-tree.ts";
import { buildTextPool, sliceFrom, type TextPool, type TextSlice } from "./text-pool.ts";
import type { Cost, IdWords, SyntheticSpan, SyntheticTrace, Usage } from "./trace-model.ts";
import { costOf, drawUsage, sumCost, sumUsage } from "./usage.ts";

/** Independent uses of one seed. */
const STREAM = { pool: 1, app: 2, session: 3, trace: 4 } as const;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TOPICS = 400;

/** What an export is made of. */
export interface TraceSettings {
  /** Whole number in [0, 2^53). */
  readonly seed: number;
  /** Start of the time range, whole milliseconds since 1970 UTC. */
  readonly startMs: number;
  /** Length of the time range in milliseconds. */
  readonly rangeMs: number;
  readonly experiments: number;
  /** How many of the applications take part. */
  readonly apps: number;
  readonly maxSpans: number;
  /** Factor on the size of every text. */
  readonly textScale: number;
}

interface Session {
  readonly id: IdWords;
  readonly app: number;
  readonly user: string | undefined;
  readonly startMs: number;
}

/** Makes traces by index. State: one text pool and reused random streams. */
export class TraceFactory {
  readonly pool: TextPool;
  private readonly settings: TraceSettings;
  private readonly apps: Choices<number>;
  private readonly systems: readonly TextSlice[];
  private readonly topics: readonly number[];
  private readonly random: Random;

  constructor(settings: TraceSettings) {
    this.settings = settings;
    this.random = new Random(settings.seed, STREAM.pool);
    this.pool = buildTextPool(this.random);
    const units = this.pool.units;
    this.topics = Array.from({ length: TOPICS }, () => this.random.below(units));
    const taken = APPS.slice(0, settings.apps);
    this.apps = weighted(taken.map(({ share }, index) => [index, share] as const));
    this.systems = taken.map((_, index) => {
      this.random.reseed(settings.seed, STREAM.app, index);
      return systemPrompt(this.pool, this.random.below(units), settings.textScale);
    });
  }

  /** The trace of that number, in [0, 2^32). */
  build(index: number): SyntheticTrace {
    const session = this.sessionOf(index);
    const random = this.random;
    random.reseed(this.settings.seed, STREAM.trace, index);
    const appIndex = session === undefined ? random.pick(this.apps) : session.app;
    const { app } = APPS[appIndex] as (typeof APPS)[number];
    const texts = this.drawTexts(appIndex);
    const state = drawState(random);
    const spans = this.buildSpans(app, { texts, state });
    const startMs = this.drawStart(session);
    const startNsOfMs = random.below(1e6);
    const endNs = spans[0]?.endNs;
    const durationMs = endNs === undefined ? undefined : Math.floor(endNs / 1e6);
    const usage = sumUsage(spans);
    const cost = sumCost(spans);
    return {
      id: drawWords(random, 4),
      experimentId: String((appIndex % this.settings.experiments) + 1),
      name: app.name,
      state,
      startMs,
      startNsOfMs,
      sourceName: app.sourceName,
      sourceType: app.sourceType,
      spans,
      tags: drawTags(random),
      assessments:
        durationMs === undefined
          ? []
          : drawAssessments(random, { texts, endMs: startMs + durationMs, spanCount: spans.length }),
      ...(durationMs !== undefined && { durationMs }),
      ...(usage !== undefined && { usage }),
      ...(cost !== undefined && { cost }),
      ...drawLinks(random, session),
    };
  }

  /** The session of a trace: it is told by the trace's number, so that traces of a session stand near each other. */
  private sessionOf(index: number): Session | undefined {
    const { seed, rangeMs } = this.settings;
    const random = this.random;
    random.reseed(seed, STREAM.session, index);
    if (!random.chance(shapes.INFO.sessionShare)) return undefined;
    const group = Math.floor(index / shapes.SESSION.groupTraces);
    const number = group * shapes.SESSION.groupSessions + random.below(shapes.SESSION.groupSessions);
    random.reseed(seed, STREAM.session, 0xffffffff - number);
    return {
      id: drawWords(random, 4),
      app: random.pick(this.apps),
      user: random.chance(shapes.INFO.userShareInSession) ? drawUser(random) : undefined,
      startMs: this.drawTime() % rangeMs,
    };
  }

  private drawTexts(appIndex: number): TraceTexts {
    const { pool, random } = this;
    const scale = this.settings.textScale;
    // The fourth power makes few topics popular, as questions and documents are.
    const topic = () => this.topics[Math.floor(random.unit() ** 4 * TOPICS)] as number;
    const question = sliceFrom(pool, topic(), drawBytes(random, shapes.TEXT.question, scale));
    return {
      pool,
      scale,
      system: this.systems[appIndex] as TextSlice,
      question: { from: question.from, to: Math.max(question.from + 1, question.to) },
      context: topic(),
      answer: random.below(pool.units),
    };
  }

  /** Milliseconds from the start of the range, with the daily rhythm. */
  private drawTime(): number {
    for (;;) {
      const offset = Math.floor(this.random.unit() * this.settings.rangeMs);
      const hour = Math.floor(((this.settings.startMs + offset) % DAY_MS) / HOUR_MS);
      if (this.random.chance(shapes.HOURLY_RHYTHM[hour] as number)) return offset;
    }
  }

  private drawStart(session: Session | undefined): number {
    if (session === undefined) return this.settings.startMs + this.drawTime();
    const offset = session.startMs + this.random.below(shapes.SESSION.lengthMs);
    return this.settings.startMs + (offset % this.settings.rangeMs);
  }

  private buildSpans(
    app: App,
    { texts, state }: { texts: TraceTexts; state: SyntheticTrace["state"] },
  ): SyntheticSpan[] {
    const random = this.random;
    const count = Math.min(this.settings.maxSpans, drawCount(random));
    const tree = growTree(random, count);
    const types = drawTypes(random, { app, tree });
    const times = drawTimes(random, { app, tree, types });
    const affected = state === "OK" ? new Set<number>() : pathTo(tree, count - 1);
    const exception = random.pick(EXCEPTIONS);
    const spans = types.map((type, index): SyntheticSpan => {
      const isAffected = affected.has(index);
      const isOpen = isAffected && state === "IN_PROGRESS";
      const isCaught = !isAffected && type === "TOOL" && random.chance(shapes.STATE.caughtToolErrorShare);
      const isFailed = (isAffected && !isOpen) || isCaught;
      const id = drawWords(random, 2);
      const isRootOfTree = index === 0 && count > 1;
      const inputs = isRootOfTree ? rootInputs(texts, type === "AGENT") : spanInputs(random, type, texts);
      const outputs = isRootOfTree ? rootOutputs(random, texts) : spanOutputs(random, type, { texts, id });
      const call = isModelCall(type) ? drawCall(random, app, state) : {};
      return {
        id,
        parent: tree.parents[index] as number,
        name: random.pick(app.spanNames.get(type) as Choices<string>),
        type,
        startNs: times.startNs[index] as number,
        ...(!isOpen && { endNs: times.endNs[index] as number }),
        status: isOpen ? "UNSET" : isFailed ? "ERROR" : "OK",
        inputs,
        ...(!isOpen && !isFailed && { outputs }),
        ...(isFailed && { exception }),
        ...call,
      };
    });
    return app.rollsUpUsage && count > 1 ? withRootUsage(spans) : spans;
  }
}

function drawWords(random: Random, count: number): IdWords {
  return Array.from({ length: count }, () => random.uint32());
}

function drawState(random: Random): SyntheticTrace["state"] {
  const { errorShare, inProgressShare } = shapes.STATE;
  const drawn = random.unit();
  if (drawn < errorShare) return "ERROR";
  return drawn < errorShare + inProgressShare ? "IN_PROGRESS" : "OK";
}

function drawCount(random: Random): number {
  const { first, last, logarithmic } = random.pick(shapes.SPANS_PER_TRACE);
  return logarithmic ? Math.floor(random.logUniform(first, last + 1)) : random.between(first, last);
}

function drawTypes(random: Random, { app, tree }: { app: App; tree: SpanTree }): readonly string[] {
  return tree.children.map((children, index) => {
    if (tree.children.length === 1) return random.pick(shapes.SINGLE_TYPES);
    if (index === 0) return app.rootType;
    return children.length > 0 ? random.pick(shapes.INNER_TYPES) : random.pick(shapes.LEAF_TYPES);
  });
}

interface TimedTree {
  readonly app: App;
  readonly tree: SpanTree;
  readonly types: readonly string[];
}

function drawTimes(random: Random, { app, tree, types }: TimedTree): SpanTimes {
  const { traceMs, stretchSpans, shortShare } = shapes.DURATION;
  const stretch = Math.max(1, Math.sqrt(types.length / stretchSpans));
  const totalNs = Math.floor(random.logNormal(traceMs.median * app.slowness, traceMs.sigma) * stretch * 1e6);
  const shares: Readonly<Record<string, number>> = shortShare;
  const isShort = (span: number) => random.chance(shares[types[span] as string] ?? 0);
  return spreadTimes(random, { tree, totalNs, isShort });
}

/** The spans from one up to the root. */
function pathTo(tree: SpanTree, span: number): ReadonlySet<number> {
  const path = new Set<number>();
  for (let at = span; at >= 0; at = tree.parents[at] as number) path.add(at);
  return path;
}

function isModelCall(type: string): boolean {
  return type === "CHAT_MODEL" || type === "LLM";
}

/** Model, tokens and cost of a call. Traces in progress have not reported any tokens. */
function drawCall(
  random: Random,
  app: App,
  state: SyntheticTrace["state"],
): { readonly model: Model; readonly usage?: Usage; readonly cost?: Cost } {
  const model = random.pick(app.models);
  const usage = drawUsage(random, app);
  if (state === "IN_PROGRESS" || !random.chance(shapes.TOKENS.reportedShare)) return { model };
  const cost = costOf(model, usage);
  return cost === undefined ? { model, usage } : { model, usage, cost };
}

/** The root reports the sum of its calls, without a cost, as agent libraries that roll up do. */
function withRootUsage(spans: SyntheticSpan[]): SyntheticSpan[] {
  const usage = sumUsage(spans);
  const [root, ...rest] = spans;
  return root === undefined || usage === undefined ? spans : [{ ...root, usage }, ...rest];
}

function drawUser(random: Random): string {
  return `user-${Math.floor(random.logUniform(1, shapes.INFO.users + 1))}`;
}

function drawTags(random: Random): readonly (readonly [string, string])[] {
  const wanted = random.below(shapes.INFO.maxUserTags + 1);
  const first = random.below(USER_TAGS.length);
  return Array.from({ length: wanted }, (_, at) => {
    const { key, values } = USER_TAGS[(first + at) % USER_TAGS.length] as (typeof USER_TAGS)[number];
    return [key, random.pick(values)] as const;
  });
}

/** Optional ids of a trace. */
function drawLinks(random: Random, session: Session | undefined) {
  const { clientRequestShare, gitShare, runShare, modelIdShare, userShareAlone } = shapes.INFO;
  const lonelyUser = session === undefined && random.chance(userShareAlone) ? drawUser(random) : undefined;
  const user = session?.user ?? lonelyUser;
  return {
    ...(session !== undefined && { session: session.id }),
    ...(user !== undefined && { user }),
    ...(random.chance(clientRequestShare) && { clientRequestId: drawWords(random, 4) }),
    ...(random.chance(gitShare) && { gitCommit: drawWords(random, 5) }),
    ...(random.chance(runShare) && { runId: drawWords(random, 4) }),
    ...(random.chance(modelIdShare) && { modelId: drawWords(random, 4) }),
  };
}
