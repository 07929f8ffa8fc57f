// The value of an assessment: which kind it is, its value as MLflow stores it, and as a number where it is one.
// Named by programs, run by compile-program.ts. What must stay true: the text is Python's JSON (MLflow groups by it), the
// number follows MLflow's rules of 2026: yes and no in any case, true and false, numbers; nothing else.

import type { Cursor } from "../../json/cursor.ts";
import { NestedDocument } from "../../json/nested.ts";
import { parseNumber } from "../../json/scalars.ts";
import { NodeKind } from "../../json/tape.ts";
import type { CallStep } from "../compile-program.ts";
import type { ExtractionState } from "../extraction-state.ts";
import { pythonJson } from "../python-json.ts";

/** Names of the inputs, in their order: the type of the assessment. */
export const KINDS = ["feedback", "expectation", "issue"] as const;
const ISSUE = 2;
const JSON_NULL = "null";

/** Inputs: feedback, expectation, issue. Writes type, value, numeric_value. */
export function assessmentValue(state: ExtractionState): CallStep {
  const { tables, counts, maxDepth } = state;
  const type = tables.assessments.dictionary("type");
  const value = tables.assessments.dictionary("value");
  const numeric = tables.assessments.float64("numeric_value");
  const nested = new NestedDocument();
  const open = (cursor: Cursor, node: number) => nested.open(cursor, node, { maxDepth, allowNan: true });
  return (cursor, nodes, row) => {
    const kind = nodes.findIndex((node) => node >= 0);
    if (kind < 0) return;
    type?.setText(row, KINDS[kind] ?? "");
    // An issue has no value; a judgement without one has the value null.
    if (kind === ISSUE) return;
    const at = valueIn(cursor, nodes[kind]!, open);
    if (at === undefined) {
      value?.setText(row, JSON_NULL);
      return;
    }
    value?.setText(row, textOf(at.cursor, at.node));
    if (at.cursor !== cursor) counts.add("nonfinite", at.cursor.tape.nonfinite);
    const number = numberOf(at.cursor, at.node);
    if (!Number.isNaN(number)) numeric?.set(row, number);
  };
}

interface ValueNode {
  readonly cursor: Cursor;
  readonly node: number;
}

/** Opens a string that holds JSON; undefined when it holds none. */
type OpenText = (cursor: Cursor, node: number) => Cursor | undefined;

/** The node of the value; expectations of lists and objects hold it as JSON text. Undefined: absent. */
function valueIn(cursor: Cursor, holder: number, open: OpenText): ValueNode | undefined {
  const plain = cursor.find(holder, "value");
  if (plain >= 0) return { cursor, node: plain };
  const serialized = cursor.find(holder, "serialized_value");
  const node = serialized < 0 ? -1 : cursor.find(serialized, "value");
  if (node < 0) return undefined;
  const inner = open(cursor, node);
  return inner === undefined ? { cursor, node } : { cursor: inner, node: 0 };
}

/** The text that MLflow stores of a value. */
export function textOf(cursor: Cursor, node: number): string {
  return cursor.tape.kinds[node] === NodeKind.nonfinite ? JSON_NULL : pythonJson(cursor, node);
}

/** NaN when the value is no number in MLflow's sense. */
export function numberOf(cursor: Cursor, node: number): number {
  const { kinds, starts, ends } = cursor.tape;
  switch (kinds[node]) {
    case NodeKind.true:
      return 1;
    case NodeKind.false:
      return 0;
    case NodeKind.number: {
      const number = parseNumber(cursor.bytes, starts[node]!, ends[node]!);
      return Number.isFinite(number) ? number : Number.NaN;
    }
    case NodeKind.string:
    case NodeKind.escapedString: {
      const word = cursor.text(node).trim().toLowerCase();
      return word === "yes" ? 1 : word === "no" ? 0 : Number.NaN;
    }
    default:
      return Number.NaN;
  }
}
