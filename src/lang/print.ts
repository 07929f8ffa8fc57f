// A tree -> text of the extended language, which parses back to the same tree (spans aside).
// Called by explain, error messages and tests. What must stay true: parse(print(tree)) = tree for every tree that
// parser.ts makes; a float keeps its point or exponent, so that it stays a float.

import { unreachable } from "../base/assert.ts";
import type { Clause, ClauseValue, Filter, FilterNode } from "./ast.ts";
import { fieldText } from "./field-name.ts";

/** The filter as text; empty when it has no root. */
export function printFilter({ root }: Pick<Filter, "root">): string {
  return root === undefined ? "" : printNode(root);
}

/** A node as text. */
export function printNode(node: FilterNode): string {
  switch (node.kind) {
    case "clause":
      return printClause(node);
    case "not":
      return `NOT ${node.operand.kind === "clause" || node.operand.kind === "not" ? printNode(node.operand) : wrapped(node.operand)}`;
    case "and":
    case "or":
      return node.operands
        .map((operand) => {
          // An AND inside an OR needs no parentheses; one inside an AND would melt into it.
          const loose = operand.kind === "or" || operand.kind === node.kind;
          return loose ? wrapped(operand) : printNode(operand);
        })
        .join(node.kind === "and" ? " AND " : " OR ");
    default:
      return unreachable(node);
  }
}

function wrapped(node: FilterNode): string {
  return `(${printNode(node)})`;
}

function printClause({ field, comparator, value }: Clause): string {
  const left = `${fieldText(field)} ${comparator}`;
  return value === undefined ? left : `${left} ${printValue(value)}`;
}

function printValue(value: ClauseValue): string {
  switch (value.kind) {
    case "text":
      return printText(value.value);
    case "integer":
      return String(value.value);
    case "float":
      return printFloat(value.value);
    case "bool":
      return String(value.value);
    case "list":
      return `(${value.items.map(printValue).join(", ")})`;
    case "range":
      return `${printValue(value.low)} AND ${printValue(value.high)}`;
    default:
      return unreachable(value);
  }
}

function printText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function printFloat(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
