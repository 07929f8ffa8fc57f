// Questions that all engines answer, and whether their answers agree.
// Called by measure-engines.ts and the lists of questions. What must stay true: answers of engines are
// compared row by row before anything is recorded.

import type { Store } from "../src/index.ts";
import type { Plan } from "../src/plan/logical.ts";
import type { Result } from "../src/plan/result.ts";

/** One cell of an answer: times are ms since 1970. */
export type AnswerCell = number | string | null;
/** Rows of an answer, in the order that the question asks for. */
export type Answer = readonly (readonly AnswerCell[])[];

/** What a question may ask. */
export interface Asked {
  readonly store: Store;
  /** Runs a plan over the same columns, for what no request can say. */
  readonly run: (plan: Plan) => Promise<AskedPlan>;
}

/** What running a plan gave. */
export interface AskedPlan {
  readonly result: Result;
  /** A number of `traces` by column and row. */
  readonly cell: (column: string, row: number) => number;
}

/** One question. */
export interface Question {
  readonly name: string;
  /** How tracemill is asked; timed up to its result. */
  readonly ask: (engine: Asked) => Promise<unknown>;
  /** The rows of that result; not timed. */
  readonly rows: (result: never) => Answer;
  /** DuckDB's statement: the same columns in the same order. */
  readonly sql: string;
  /** Largest relative difference of two engines' numbers; one of AGREEMENT. */
  readonly agreement: number;
}

/**
 * How closely numbers agree. Percentiles are exact order statistics, between two of which engines interpolate by formulas
 * that round differently; sums depend on the order of their terms.
 */
export const AGREEMENT = { counts: 0, percentiles: 4 * Number.EPSILON, sums: 1e-9 } as const;

/** Where two answers part, in one line; undefined when they agree. */
export function answerDifference(
  question: Pick<Question, "name" | "agreement">,
  a: Answer,
  b: Answer,
): string | undefined {
  if (a.length !== b.length) return `${question.name}: ${a.length} rows and ${b.length} rows`;
  for (const [at, row] of a.entries()) {
    const other = b[at] ?? [];
    const agrees = row.length === other.length && row.every((cell, i) => sameCell(cell, other[i], question.agreement));
    if (!agrees) return `${question.name}: row ${at} is ${JSON.stringify(row)} and ${JSON.stringify(other)}`;
  }
  return undefined;
}

function sameCell(a: AnswerCell, b: AnswerCell | undefined, agreement: number): boolean {
  if (a === b) return true;
  if (typeof a !== "number" || typeof b !== "number") return false;
  return Math.abs(a - b) <= agreement * Math.max(Math.abs(a), Math.abs(b));
}
