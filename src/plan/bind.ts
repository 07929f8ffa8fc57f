// A checked filter -> a predicate over the rows of a base table, with the meaning that MLflow gives it.
// Called by the front ends. What must stay true: clauses on spans that are joined by AND hold on one span; a clause on an
// assessment is an `exists` of its own; negation inside a clause is existential ("some span has another name"), NOT in
// front of it is not ("no span has that name").

import { invariant, unreachable } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import type { TableName } from "../columns/schema.ts";
import type { Clause, Filter, FilterNode } from "../lang/ast.ts";
import { SPAN_ATTRIBUTES } from "../lang/fields.ts";
import { all, any, call, columnRef, compare, fieldExpr, homeOf, isThere, not, specOf, truth } from "./bind-field.ts";
import { type Comparison, comparePredicate } from "./bind-value.ts";
import type { Exists, Expr, Predicate, RegexEngine } from "./expr.ts";
import { promptPredicate } from "./prompt-predicate.ts";

/** What is wrong with a regular expression; `at`: where in the pattern, in UTF-16 units. */
export interface PatternFault {
  readonly kind: "invalid" | "refused";
  readonly message: string;
  readonly at?: number;
}

/** How to bind. */
export interface BindOptions {
  /** The table whose rows are filtered; fields of others are looked up from there. Default traces. */
  readonly base?: TableName;
  /**
   * Experiments that are searched; absent: all. MLflow looks for assessments that speak for a session among their traces
   * only, so that an assessed trace of another experiment covers none of theirs.
   */
  readonly experimentIds?: readonly string[] | undefined;
  /** Judges the patterns of RLIKE, which the language cannot. Absent: they are judged when they run. */
  readonly checkPattern?: (pattern: string) => PatternFault | undefined;
  /** `js`: RLIKE by JavaScript's own engine. */
  readonly regex?: RegexEngine;
}

/** A bound filter. */
export interface BoundFilter {
  /** Absent: every row passes. */
  readonly predicate?: Predicate;
  readonly warnings: readonly string[];
}

/** Binds a filter that parseFilter made. Throws E_FILTER_REGEX with the place in the pattern. */
export function bindFilter(filter: Filter, options: BindOptions = {}): BoundFilter {
  if (filter.root === undefined) return { warnings: [] };
  const binder = new Binder(filter, options);
  const predicate = binder.node(filter.mode === "strict" ? lastRunAlone(filter.root) : filter.root);
  return { predicate, warnings: binder.warnings };
}

/** In MLflow's store only the last `run_id =` survives. */
function lastRunAlone(root: FilterNode): FilterNode {
  if (root.kind !== "and") return root;
  const isRun = (node: FilterNode): boolean =>
    node.kind === "clause" &&
    node.comparator === "=" &&
    node.field.entity === "metadata" &&
    node.field.key === "mlflow.sourceRun";
  const last = root.operands.findLastIndex(isRun);
  return { ...root, operands: root.operands.filter((node, at) => at === last || !isRun(node)) };
}

/** MLflow looks at spans that start at most this long before the filter's lower bound of the trace's start. */
const SPAN_TOLERANCE_MS = 10_000;

class Binder {
  readonly warnings: string[] = [];
  readonly #filter: Filter;
  readonly #options: BindOptions;
  readonly #base: TableName;
  readonly #regex: "js" | undefined;

  constructor(filter: Filter, options: BindOptions) {
    this.#filter = filter;
    this.#options = options;
    this.#base = options.base ?? "traces";
    this.#regex = options.regex === "js" ? "js" : undefined;
  }

  node(node: FilterNode): Predicate {
    switch (node.kind) {
      case "clause":
        return this.#conjunction([node]);
      case "and":
        return this.#conjunction(flattened(node));
      case "or":
        return any(node.operands.map((operand) => this.node(operand)));
      case "not":
        return not(this.node(node.operand));
      default:
        return unreachable(node);
    }
  }

  /** Operands of one AND: clauses on rows of another table are gathered, so that one row must satisfy them all. */
  #conjunction(nodes: readonly FilterNode[]): Predicate {
    const predicates: Predicate[] = [];
    const gathered = new Map<"spans" | "assessments", Predicate[]>();
    for (const node of nodes) {
      const table = node.kind === "clause" ? homeOf(specOf(node.field)) : undefined;
      if (node.kind !== "clause") predicates.push(this.node(node));
      else if (table === undefined || table === "traces" || table === this.#base) predicates.push(this.#clause(node));
      else {
        const found = gathered.get(table);
        if (found === undefined) gathered.set(table, [this.#clause(node)]);
        else found.push(this.#clause(node));
      }
    }
    for (const [table, rows] of gathered) {
      const scope = table === "spans" ? this.#spanScope(nodes) : [];
      predicates.push(exists(table, "trace", all([...scope, ...rows])));
    }
    return all(predicates);
  }

  /** Strict: spans long before the lower bound of the trace's start are not looked at. */
  #spanScope(nodes: readonly FilterNode[]): readonly Predicate[] {
    if (this.#filter.mode !== "strict") return [];
    let bound = Number.NEGATIVE_INFINITY;
    for (const node of nodes) {
      if (node.kind !== "clause" || node.field.entity !== "attribute" || node.field.key !== "timestamp_ms") continue;
      const { comparator, value } = node;
      if (comparator !== ">" && comparator !== ">=") continue;
      if (value?.kind === "integer" || value?.kind === "float") bound = Math.max(bound, Number(value.value));
    }
    if (bound === Number.NEGATIVE_INFINITY) return [];
    return [compare(columnRef("spans", "start_ms"), ">=", bound - SPAN_TOLERANCE_MS)];
  }

  /** The predicate of a clause on a row of its home table. */
  #clause(clause: Clause): Predicate {
    const { field } = clause;
    const spec = specOf(field);
    const strict = this.#filter.mode === "strict";
    const linked = field.entity === "tag" && field.key === "mlflow.linkedPrompts" && strict;
    const made = linked ? "prompt" : spec.source.kind === "made" ? spec.source.what : undefined;
    if (clause.comparator.endsWith("RLIKE") && !this.#patternHolds(clause)) return truth(false);
    switch (made) {
      case "prompt":
        invariant(clause.value?.kind === "text", "a prompt is a text");
        return promptPredicate(clause.value.value);
      case "issue":
        return this.#issue(clause);
      case "assessment":
        return this.#assessment(clause, strict);
      case "is root":
        return isRoot(clause);
      case "end time":
      case undefined: {
        const left = fieldExpr(field);
        const attribute = field.entity === "span" && field.key.startsWith(SPAN_ATTRIBUTES);
        const comparison = { clause, type: spec.type, strict, regex: this.#regex };
        return strict && attribute ? strictAttribute(left, comparison) : comparePredicate(left, comparison);
      }
      default:
        return unreachable(made);
    }
  }

  /** False when strict mode goes on with a pattern that matches nothing. */
  #patternHolds({ value, span }: Clause): boolean {
    if (value?.kind !== "text") return true;
    const fault = this.#options.checkPattern?.(value.value);
    if (fault === undefined) return true;
    if (fault.kind === "invalid" && this.#filter.mode === "strict") {
      this.warnings.push(
        `the regular expression at ${span.start + 1} is invalid and matches nothing: ${fault.message}`,
      );
      return false;
    }
    const start = value.span.start + 1 + (fault.at ?? 0);
    const source = { text: this.#filter.text, span: { start, end: start + 1 } };
    throw new EngineError("E_FILTER_REGEX", fault.message, { source });
  }

  /** Assessments of type issue are named by the issue's id; MLflow does not ask whether they are valid. */
  #issue({ value }: Clause): Predicate {
    invariant(value?.kind === "text", "an issue is a text");
    const named = [
      compare(columnRef("assessments", "type"), "=", "issue"),
      compare(columnRef("assessments", "name"), "=", value.value),
    ];
    return exists("assessments", "trace", all(named));
  }

  #assessment(clause: Clause, strict: boolean): Predicate {
    const { field, comparator } = clause;
    const named = [
      compare(columnRef("assessments", "type"), "=", field.entity),
      compare(columnRef("assessments", "name"), "=", field.key),
      compare(columnRef("assessments", "valid"), "=", true),
      ...this.#searched(),
    ];
    if (comparator === "IS NULL") return not(exists("assessments", "session", all(named)));
    if (comparator === "IS NOT NULL") return exists("assessments", "session", all(named));
    const value = comparePredicate(columnRef("assessments", "value"), {
      clause,
      type: "json",
      strict,
      regex: this.#regex,
    });
    return exists("assessments", "session", all([...named, value]));
  }

  #searched(): readonly Predicate[] {
    const { experimentIds } = this.#options;
    if (experimentIds === undefined) return [];
    return [{ kind: "in", operand: columnRef("traces", "experiment_id"), values: experimentIds, type: "bool" }];
  }
}

function flattened(node: FilterNode): readonly FilterNode[] {
  return node.kind === "and" ? node.operands.flatMap(flattened) : [node];
}

function exists(table: Exists["table"], scope: Exists["scope"], predicate: Predicate): Predicate {
  return { kind: "exists", table, predicate, scope, type: "bool" };
}

function isRoot({ comparator, value }: Clause): Predicate {
  invariant(value?.kind === "bool", "is_root is true or false");
  const root = (comparator === "=") === value.value;
  return compare(columnRef("spans", "depth"), root ? "=" : ">", 0);
}

/**
 * Attributes of spans as MLflow matches them in a span's JSON, but on the value alone: its LIKE pattern is followed by
 * anything and meets the key's colon first, so only a leading % can match; its RLIKE sees texts only.
 */
function strictAttribute(left: Expr, given: Comparison): Predicate {
  const comparison: Comparison = { ...given, type: "text" };
  const { clause } = comparison;
  const { comparator, value } = clause;
  if (comparator === "LIKE" || comparator === "ILIKE") {
    invariant(value?.kind === "text", "patterns are texts");
    if (!value.value.startsWith("%")) return truth(false);
    const widened: Clause = { ...clause, value: { ...value, value: `${value.value}%` } };
    return comparePredicate(left, { ...comparison, clause: widened });
  }
  const matched = comparePredicate(left, comparison);
  if (comparator !== "RLIKE") return matched;
  const scalar: Predicate = { kind: "in", operand: left, values: ["true", "false"], type: "bool" };
  return all([not(isThere(call("to_number", left))), not(scalar), matched]);
}
