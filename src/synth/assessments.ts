// The assessments of one trace: who judged what, when, and how. Called by build-trace.ts.
// What must stay true: an assessment that another one replaces is not valid, and the other names it in `overrides`.

import { FEEDBACK_NAMES } from "./apps.ts";
import { pythonFloat } from "./json-escape.ts";
import { drawBytes, type TraceTexts } from "./payloads.ts";
import type { Random } from "./random.ts";
import { ASSESSMENT, ASSESSMENTS_PER_TRACE, TEXT } from "./shapes.ts";
import { sliceFrom } from "./text-pool.ts";
import type { IdWords, SyntheticAssessment } from "./trace-model.ts";

const HOUR_MS = 3_600_000;

/** What assessments need to know of their trace. */
export interface AssessedTrace {
  readonly texts: TraceTexts;
  /** Milliseconds since 1970 UTC. */
  readonly endMs: number;
  readonly spanCount: number;
}

/** The assessments of a finished trace, oldest first. */
export function drawAssessments(random: Random, trace: AssessedTrace): readonly SyntheticAssessment[] {
  const range = random.pick(ASSESSMENTS_PER_TRACE);
  const count = random.between(range.first, range.last);
  const drawn: SyntheticAssessment[] = [];
  while (drawn.length < count) {
    const next = drawOne(random, trace);
    if (next.kind === "feedback" && random.chance(ASSESSMENT.overriddenShare)) {
      const correction = { ...next, ...judge(random, next.name), id: drawId(random), overrides: next.id };
      const laterMs = next.updatedMs + random.between(1_000, HOUR_MS);
      drawn.push({ ...next, isValid: false }, { ...correction, createdMs: laterMs, updatedMs: laterMs });
    } else {
      drawn.push(next);
    }
  }
  return drawn;
}

function drawId(random: Random): IdWords {
  return [random.uint32(), random.uint32(), random.uint32(), random.uint32()];
}

function drawOne(random: Random, { texts, endMs, spanCount }: AssessedTrace): SyntheticAssessment {
  const sourceType = random.pick(ASSESSMENT.sources);
  const isExpectation = sourceType === "HUMAN" && random.chance(0.3);
  const createdMs = endMs + random.between(500, HOUR_MS);
  const hasRationale = !isExpectation && random.chance(ASSESSMENT.rationaleShare[sourceType]);
  const rationaleBytes = drawBytes(random, TEXT.rationale, texts.scale);
  return {
    id: drawId(random),
    kind: isExpectation ? "expectation" : "feedback",
    sourceType,
    sourceId: sourceId(random, sourceType),
    createdMs,
    updatedMs: random.chance(0.1) ? createdMs + random.between(1, HOUR_MS) : createdMs,
    isValid: true,
    ...(isExpectation ? expect(random) : feedback(random, sourceType)),
    ...(random.chance(ASSESSMENT.onSpanShare) && { span: random.chance(0.8) ? 0 : random.below(spanCount) }),
    ...(hasRationale && { rationale: sliceFrom(texts.pool, texts.answer, rationaleBytes) }),
  };
}

function sourceId(random: Random, sourceType: SyntheticAssessment["sourceType"]): string {
  if (sourceType === "CODE") return "exact_match";
  if (sourceType === "HUMAN") return `reviewer-${random.between(1, 12)}@example.com`;
  return random.chance(0.7) ? "openai:/gpt-4.1-mini" : "anthropic:/claude-sonnet-4-5";
}

function expect(random: Random): { readonly name: string; readonly value: string } {
  if (random.chance(0.5)) return { name: "expected_route", value: random.chance(0.5) ? '"refunds"' : '"orders"' };
  return { name: "expected_documents", value: pythonFloat(random.between(1, 5)) };
}

function feedback(random: Random, sourceType: string): { readonly name: string; readonly value?: string } {
  const { name } = random.pick(FEEDBACK_NAMES);
  if (sourceType === "LLM_JUDGE" && random.chance(ASSESSMENT.errorShare)) return { name };
  return judge(random, name);
}

/** A value of the kind that feedback of this name has, as JSON text. */
function judge(random: Random, name: string): { readonly name: string; readonly value: string } {
  const kind = FEEDBACK_NAMES.values.find((known) => known.name === name)?.value;
  switch (kind) {
    case "boolean":
      return { name, value: random.chance(0.96) ? "true" : "false" };
    case "score":
      return { name, value: pythonFloat(Math.round(random.unit() ** 0.5 * 100) / 100) };
    case "stars":
      return { name, value: pythonFloat(random.between(1, 5)) };
    default:
      return { name, value: random.chance(0.8) ? '"yes"' : '"no"' };
  }
}
