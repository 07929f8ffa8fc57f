// Tokens and costs: those of one model call, and the sums of a trace as MLflow makes them (a span's own usage hides
// its descendants'). Called by build-trace.ts. What must stay true: cached tokens are part of the input tokens.

import type { App, Model } from "./apps.ts";
import type { Random } from "./random.ts";
import { TOKENS } from "./shapes.ts";
import type { Cost, Usage } from "./trace-model.ts";

const PER_MILLION = 1e-6;

/** Tokens of one model call of an app. */
export function drawUsage(random: Random, app: App): Usage {
  const outputTokens = Math.max(1, Math.round(random.logNormal(TOKENS.output.median, TOKENS.output.sigma)));
  if (!app.coding) {
    const inputTokens = Math.max(1, Math.round(random.logNormal(TOKENS.input.median, TOKENS.input.sigma)));
    return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
  }
  const { input, cachedShare, cacheWriteShare } = TOKENS.coding;
  const inputTokens = Math.round(random.logUniform(input.low, input.high));
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    cacheReadTokens: Math.round(inputTokens * cachedShare),
    cacheCreationTokens: Math.round(inputTokens * cacheWriteShare),
  };
}

/** The cost of a call, or undefined when the model has no price. */
export function costOf(model: Model, usage: Usage): Cost | undefined {
  if (model.price === undefined) return undefined;
  const cached = usage.cacheReadTokens ?? 0;
  const inputUsd =
    (usage.inputTokens - cached) * model.price.input * PER_MILLION + cached * model.price.cachedInput * PER_MILLION;
  const outputUsd = usage.outputTokens * model.price.output * PER_MILLION;
  return { inputUsd, outputUsd, totalUsd: inputUsd + outputUsd };
}

/** The parts of a span that sums need. */
export interface SpanTotals {
  readonly parent: number;
  readonly usage?: Usage | undefined;
  readonly cost?: Cost | undefined;
}

/** Sum of the spans' tokens; undefined when no span has any. `spans` in preorder. */
export function sumUsage(spans: readonly SpanTotals[]): Usage | undefined {
  let sum: Usage | undefined;
  for (const { usage } of topmost(spans, (span) => span.usage !== undefined)) {
    if (usage !== undefined) sum = sum === undefined ? usage : addUsage(sum, usage);
  }
  return sum;
}

/** Sum of the spans' costs; undefined when no span has one. `spans` in preorder. */
export function sumCost(spans: readonly SpanTotals[]): Cost | undefined {
  let sum: Cost | undefined;
  for (const { cost } of topmost(spans, (span) => span.cost !== undefined)) {
    if (cost !== undefined) sum = sum === undefined ? cost : addCost(sum, cost);
  }
  return sum;
}

/**
 * The spans that have the figure and no ancestor that has it, last first: MLflow adds up siblings from the last to the
 * first, which decides the last digit of a cost.
 */
function topmost(spans: readonly SpanTotals[], has: (span: SpanTotals) => boolean): readonly SpanTotals[] {
  const isCovered: boolean[] = [];
  const found: SpanTotals[] = [];
  spans.forEach((span, index) => {
    const isHidden = span.parent >= 0 && (isCovered[span.parent] as boolean);
    isCovered[index] = isHidden || has(span);
    if (!isHidden && has(span)) found.push(span);
  });
  return found.reverse();
}

function addUsage(a: Usage, b: Usage): Usage {
  const sum = {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    totalTokens: a.totalTokens + b.totalTokens,
  };
  if (a.cacheReadTokens === undefined && b.cacheReadTokens === undefined) return sum;
  return {
    ...sum,
    cacheReadTokens: (a.cacheReadTokens ?? 0) + (b.cacheReadTokens ?? 0),
    cacheCreationTokens: (a.cacheCreationTokens ?? 0) + (b.cacheCreationTokens ?? 0),
  };
}

function addCost(a: Cost, b: Cost): Cost {
  return {
    inputUsd: a.inputUsd + b.inputUsd,
    outputUsd: a.outputUsd + b.outputUsd,
    totalUsd: a.totalUsd + b.totalUsd,
  };
}
