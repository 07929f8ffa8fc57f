// Results of plans in a form that tests compare.

import type { Result } from "../../src/plan/result.ts";
import type { OracleResult } from "../oracle/plan-oracle.ts";
import type { Cell } from "./tables.ts";

/** A result as plain records; NaN is null. */
export function plainResult(result: Result): OracleResult {
  if (result.kind === "rows") return { kind: "rows", positions: [...result.positions] };
  const groups = Array.from({ length: result.rows }, (_, row) => {
    const cells = result.columns.map((column): [string, Cell] => {
      if (column.kind === "text") {
        const code = column.codes[row] ?? -1;
        return [column.name, code < 0 ? null : column.text(code)];
      }
      const value = column.values[row] ?? Number.NaN;
      return [column.name, Number.isNaN(value) ? null : value];
    });
    return Object.fromEntries(cells);
  });
  return { kind: "grouped", groups };
}
