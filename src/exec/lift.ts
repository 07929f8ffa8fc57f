// Predicates that look at one dictionary column alone: evaluated once for each value of the dictionary, and once for
// null; rows then map their codes through the table of answers.
// Called by evaluate.ts. What must stay true: the table answers exactly as the predicate would on each row.

import type { Expr } from "../plan/expr.ts";
import { exprKey, operandsOf, type Reference } from "../plan/visit.ts";
import type { Batch } from "./batch.ts";
import { Scope } from "./scope.ts";
import type { CodeSource, TextSource } from "./text-source.ts";
import { bindText } from "./texts.ts";

/** Writes the truth of each row of a batch to `out`. */
export type TruthSource = (batch: Batch, out: Uint8Array) => void;

/** Binds a predicate; handed in by evaluate.ts, which calls this file. */
export type Bind = (expr: Expr, scope: Scope) => TruthSource;

/** The one text reference of an expression; undefined when there is none, another one, or anything that is not text. */
function soleText(expr: Expr): Reference | undefined {
  let sole: Reference | undefined;
  const look = (node: Expr): boolean => {
    if (node.kind === "exists" || node.kind === "payload") return false;
    if (node.kind !== "column" && node.kind !== "key") return operandsOf(node).every(look);
    if (node.type !== "text") return false;
    if (sole !== undefined && exprKey(sole) !== exprKey(node)) return false;
    sole = node;
    return true;
  };
  return look(expr) ? sole : undefined;
}

/**
 * The codes that a predicate can be answered by, and a table of answers: entry 0 for null, entry c + 1 for code c.
 * Undefined when the predicate looks at anything else than one dictionary.
 */
export function liftToDictionary(
  expr: Expr,
  scope: Scope,
  bind: Bind,
): { readonly source: CodeSource; readonly table: Uint8Array } | undefined {
  if (scope.lifted !== undefined || !scope.shortcuts.has("dictionaries")) return undefined;
  const reference = soleText(expr);
  if (reference === undefined) return undefined;
  const source = bindText(reference, scope);
  if (source.kind !== "codes") return undefined;
  const { size, offsets, bytes } = source.dictionary;
  const table = new Uint8Array(size + 1);
  answer({ expr, reference, scope, bind }, valuesOf(size, { offsets, bytes, validity: undefined }), table.subarray(1));
  answer({ expr, reference, scope, bind }, NULL_VALUE, table.subarray(0, 1));
  return { source, table };
}

interface Values {
  readonly size: number;
  readonly source: TextSource;
}

function valuesOf(
  size: number,
  texts: { offsets: Int32Array; bytes: Uint8Array; validity: Uint8Array | undefined },
): Values {
  return { size, source: { kind: "bytes", texts: () => texts } };
}

const NULL_VALUE = valuesOf(1, { offsets: new Int32Array(2), bytes: new Uint8Array(0), validity: new Uint8Array(1) });

function answer(
  { expr, reference, scope, bind }: { expr: Expr; reference: Reference; scope: Scope; bind: Bind },
  { size, source }: Values,
  out: Uint8Array,
): void {
  if (size === 0) return;
  const lifted = new Scope(scope.dataset, scope.table.name, {
    lifted: { key: exprKey(reference), source, rows: size },
  });
  bind(expr, lifted)({ block: 0, length: size, rows: { positions: undefined, count: size } }, out);
}
