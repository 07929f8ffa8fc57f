// The language of a search's texts: filters and order_by of MLflow's trace search, bound to columns of traces.
// Made by engine.ts for mlflow-search.ts. What must stay true: a field means the same column in a filter and in order_by.

import { EngineError } from "../base/errors.ts";
import type { FieldName } from "../lang/ast.ts";
import type { FilterLimits } from "../lang/fault.ts";
import { parseFilter } from "../lang/filter.ts";
import { parseOrderBy } from "../lang/order-by.ts";
import { type BindOptions, type BoundFilter, bindFilter } from "../plan/bind.ts";
import { fieldExpr } from "../plan/bind-field.ts";
import type { Expr } from "../plan/expr.ts";

/** A key that a request orders by. */
export interface OrderKey {
  /** Entity and key after renaming, such as `attribute.timestamp_ms`: equal for two spellings of one field. */
  readonly field: string;
  /** Compared one after the other; nearly always one. */
  readonly by: readonly Expr[];
  readonly descending: boolean;
}

/** How the texts of a request are read. */
export interface SearchLanguage {
  /** What a filter means for a trace. Throws E_FILTER_*. */
  filter(text: string): BoundFilter;
  /** What the elements of order_by mean, each field once. Throws E_REQUEST. */
  order(elements: readonly string[]): readonly OrderKey[];
}

/** What a language is made of. */
export interface LanguageOptions {
  readonly strict: boolean;
  readonly limits: FilterLimits;
  /** Judges the patterns of RLIKE. */
  readonly checkPattern: NonNullable<BindOptions["checkPattern"]>;
}

/** The language of a mode. */
export function searchLanguage({ strict, limits, checkPattern }: LanguageOptions): SearchLanguage {
  return {
    filter: (text) => bindFilter(parseFilter(text, { ...limits, strict }), { checkPattern }),
    order: (elements) =>
      parseOrderBy(elements, strict).map(({ field, descending }) => {
        if (field.entity === "feedback" || field.entity === "expectation") {
          throw new EngineError("E_REQUEST", `order_by ${field.written}: traces are not sorted by assessments yet`);
        }
        return { field: `${field.entity}.${field.key}`, by: orderExprs(field), descending };
      }),
  };
}

/** MLflow keeps experiments by number: 10 comes after 9. */
function orderExprs(field: FieldName): readonly Expr[] {
  const value = fieldExpr(field);
  if (field.entity !== "attribute" || field.key !== "experiment_id") return [value];
  return [{ kind: "call", fn: "to_number", args: [value], type: "number" }, value];
}
