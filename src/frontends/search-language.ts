// The language of a search's texts: filters and order_by of MLflow's trace search, bound to columns of traces.
// Made by engine.ts for mlflow-search.ts. What must stay true: a field means the same column in a filter and in order_by.

import type { TableName } from "../columns/schema.ts";
import type { FieldName } from "../lang/ast.ts";
import type { FilterLimits } from "../lang/fault.ts";
import { parseFilter } from "../lang/filter.ts";
import { parseOrderBy } from "../lang/order-by.ts";
import { type BindOptions, type BoundFilter, bindFilter } from "../plan/bind.ts";
import { all, call, columnRef, compare, fieldExpr } from "../plan/bind-field.ts";
import type { Predicate, RegexEngine } from "../plan/expr.ts";
import type { SortKey } from "../plan/logical.ts";

/** A key that a request orders by. */
export interface OrderKey {
  /** Entity and key after renaming, such as `attribute.timestamp_ms`: equal for two spellings of one field. */
  readonly field: string;
  /** Compared one after the other; nearly always one. */
  readonly by: readonly Omit<SortKey, "descending">[];
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
  /** Engine of RLIKE. */
  readonly regex: RegexEngine;
}

/** The language of a mode. */
export function searchLanguage({ strict, limits, checkPattern, regex }: LanguageOptions): SearchLanguage {
  return {
    filter: (text) => bindFilter(parseFilter(text, { ...limits, strict }), { checkPattern, regex }),
    order: (elements) =>
      parseOrderBy(elements, strict).map(({ field, descending }) => ({
        field: `${field.entity}.${field.key}`,
        by: orderExprs(field),
        descending,
      })),
  };
}

/**
 * What a filter of the extended language means for a row of `table`: the row's own span or assessment where it names one.
 * Used for the filters of a metrics request. Throws E_FILTER_*.
 */
export function rowFilter(text: string, table: TableName, options: Omit<LanguageOptions, "strict">): Predicate {
  const { limits, checkPattern, regex } = options;
  const { predicate } = bindFilter(parseFilter(text, { ...limits, strict: false }), {
    base: table,
    checkPattern,
    regex,
  });
  return predicate ?? { kind: "truth", value: true, type: "bool" };
}

function orderExprs(field: FieldName): OrderKey["by"] {
  const { entity, key } = field;
  if (entity === "feedback" || entity === "expectation") return assessed(entity, key);
  const value = fieldExpr(field);
  if (entity !== "attribute" || key !== "experiment_id") return [{ by: value }];
  // MLflow keeps experiments by number: 10 comes after 9.
  return [{ by: call("to_number", value) }, { by: value }];
}

/** The value of the last valid assessment of that name: by number where it is one (yes is 1), else by its text. */
function assessed(type: "feedback" | "expectation", name: string): OrderKey["by"] {
  const ofLast = all([
    compare(columnRef("assessments", "type"), "=", type),
    compare(columnRef("assessments", "name"), "=", name),
    compare(columnRef("assessments", "valid"), "=", true),
  ]);
  return ["numeric_value", "value"].map((column) => {
    return { by: columnRef("assessments", column), ofLast };
  });
}
