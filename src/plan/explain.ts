// Plans and operator profiles as text, for `explain`.
// Called by engine.ts and by tests. What must stay true: the text depends on the plan alone, and no text of the user
// reaches it unescaped: control and direction characters are printed as \u{...}.

import { unreachable } from "../base/assert.ts";
import type { Expr, Literal, Predicate } from "./expr.ts";
import type { Aggregate, Measure, Plan, Shortcut, SortKey } from "./logical.ts";
import type { OperatorProfile } from "./result.ts";

const INDENT = "  ";
/** Longest list of IN that is printed in full. */
const MAX_LISTED = 12;
/** Longest literal that is printed in full, in UTF-16 units. */
const MAX_LITERAL = 120;

const SHORTCUTS: { readonly [shortcut in Shortcut]: string } = { dictionaries: "dictionary", "zone-maps": "zone map" };

/** The plan, the last step first, each input indented below it. No line break at the end. */
export function explainPlan(plan: Plan): string {
  const lines: string[] = [];
  let depth = 0;
  for (let node: Plan | undefined = plan; node !== undefined; node = node.kind === "scan" ? undefined : node.input) {
    lines.push(INDENT.repeat(depth) + explainNode(node));
    depth += 1;
  }
  return lines.join("\n");
}

function explainNode(node: Plan): string {
  switch (node.kind) {
    case "scan": {
      const columns = node.columns === undefined ? "" : ` [${node.columns.map(printName).join(", ")}]`;
      const traces = node.traces === undefined ? "" : ` of traces with ${printExpr(node.traces)}`;
      const shortcuts = (node.shortcuts ?? []).map((shortcut) => SHORTCUTS[shortcut]).join(" and ");
      return `scan ${node.table}${columns}${traces}${shortcuts === "" ? "" : ` by ${shortcuts}`}`;
    }
    case "filter":
      return `filter ${printExpr(node.predicate)}`;
    case "bucket":
      return `bucket ${printName(node.as)} = floor(${printExpr(node.time)} to ${node.widthMs} ms)`;
    case "aggregate":
      return explainAggregate(node);
    case "sort":
      return `${node.first === undefined ? "sort" : `top ${node.first} by`} ${node.keys.map(printKey).join(", ")}`;
    case "limit":
      return `limit ${node.count}${node.offset === 0 ? "" : ` offset ${node.offset}`}`;
    default:
      return unreachable(node);
  }
}

function printKey({ by, descending, ofLast }: SortKey): string {
  const value = "output" in by ? printName(by.output) : printExpr(by);
  const choice = ofLast === undefined ? "" : ` of the last with ${printExpr(ofLast)}`;
  return `${value}${choice}${descending ? " DESC" : ""}`;
}

function explainAggregate({ keys, measures, nullKeys, emptyGroups }: Aggregate): string {
  const values = measures.map((measure) => `${printName(measure.name)} = ${printMeasure(measure)}`).join(", ");
  const by = keys.map(({ name, value }) => {
    const printed = value === "bucket" ? "bucket" : printExpr(value);
    return printed === name ? printName(name) : `${printName(name)} = ${printed}`;
  });
  const grouped = keys.length === 0 ? "" : ` by ${by.join(", ")}`;
  const nulls = keys.length === 0 || nullKeys === "drop" ? "" : ", null keys kept";
  return `aggregate ${values}${grouped}${nulls}${emptyGroups === "keep" ? ", empty groups kept" : ""}`;
}

function printMeasure({ fn, input, percentile, method }: Measure): string {
  const argument = input === undefined ? "" : printExpr(input);
  if (fn !== "percentile") return `${fn}(${argument})`;
  return `${method === "tdigest" ? "approximate " : ""}percentile(${argument}, ${percentile ?? 0})`;
}

/** An expression in the form of the filter language, with full names. */
export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case "column":
    case "payload":
      return `${expr.table}.${expr.name}`;
    case "key":
      return `${expr.table}.${expr.family}.${printName(expr.key)}`;
    case "literal":
      return printLiteral(expr);
    case "call":
      return `${expr.fn}(${expr.args.map(printExpr).join(", ")})`;
    default:
      return printPredicate(expr);
  }
}

function printPredicate(predicate: Predicate): string {
  switch (predicate.kind) {
    case "compare":
      return `${printOperand(predicate.left)} ${predicate.op} ${printOperand(predicate.right)}`;
    case "match": {
      const escaped = predicate.escape && predicate.mode !== "rlike" ? " ESCAPE '\\'" : "";
      const suffix = predicate.engine === "js" ? " (js)" : escaped;
      return `${printOperand(predicate.operand)} ${predicate.mode.toUpperCase()} ${quote(predicate.pattern)}${suffix}`;
    }
    case "in": {
      const { values } = predicate;
      const listed = values
        .slice(0, MAX_LISTED)
        .map((value) => (typeof value === "string" ? quote(value) : String(value)));
      if (values.length > MAX_LISTED) listed.push(`and ${values.length - MAX_LISTED} more`);
      return `${printOperand(predicate.operand)} IN (${listed.join(", ")})`;
    }
    case "is-null":
      return `${printOperand(predicate.operand)} IS NULL`;
    case "not":
      if (predicate.operand.kind === "is-null") return `${printOperand(predicate.operand.operand)} IS NOT NULL`;
      return `NOT ${printOperand(predicate.operand)}`;
    case "and":
    case "or": {
      if (predicate.operands.length === 0) return predicate.kind === "and" ? "TRUE" : "FALSE";
      return predicate.operands.map(printOperand).join(predicate.kind === "and" ? " AND " : " OR ");
    }
    case "exists": {
      const scope = predicate.scope === "session" ? " in the session" : "";
      return `EXISTS ${predicate.table}${scope} (${printExpr(predicate.predicate)})`;
    }
    case "truth":
      return predicate.value === null ? "UNKNOWN" : predicate.value ? "TRUE" : "FALSE";
    default:
      return unreachable(predicate);
  }
}

/** In parentheses where it would otherwise read differently. */
function printOperand(expr: Expr): string {
  const bare = ["column", "payload", "key", "literal", "call", "exists", "truth"].includes(expr.kind);
  const comparison = expr.kind === "compare" || expr.kind === "match" || expr.kind === "in" || expr.kind === "is-null";
  return bare || comparison ? printExpr(expr) : `(${printExpr(expr)})`;
}

function printLiteral({ value }: Literal): string {
  if (value === null) return "NULL";
  return typeof value === "string" ? quote(value) : String(value);
}

function quote(text: string): string {
  const cut = text.length > MAX_LITERAL ? `${text.slice(0, MAX_LITERAL)}…` : text;
  return `'${escapeControls(cut).replaceAll("'", "''")}'`;
}

/** A name as it stands when it is plain, else in backticks. */
function printName(name: string): string {
  return /^[A-Za-z0-9_.]+$/.test(name) ? name : `\`${escapeControls(name)}\``;
}

function escapeControls(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u{${character.charCodeAt(0).toString(16)}}`,
  );
}

/** Operator profiles as an aligned table, the input first. No line break at the end. */
export function explainProfiles(profiles: readonly OperatorProfile[]): string {
  const header = ["operator", "rows in", "rows out", "ms", "note"];
  const rows = profiles.map(({ operator, rowsIn, rowsOut, milliseconds, note }) => [
    operator,
    String(rowsIn),
    String(rowsOut),
    milliseconds.toFixed(2),
    note,
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const print = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column >= 1 && column <= 3 ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [header, ...rows].map(print).join("\n");
}
