// Results of plans in a form that tests compare.

import { exactNumber } from "../../src/plan/bind-field.ts";
import type { Result } from "../../src/plan/result.ts";
import type { OracleResult } from "../oracle/plan-oracle.ts";
import type { Cell } from "./tables.ts";

/** A result as plain records; NaN is null, an integer a bigint only where float64 is not exact. */
export function plainResult(result: Result): OracleResult {
  if (result.kind === "rows") return { kind: "rows", positions: [...result.positions] };
  const groups = Array.from({ length: result.rows }, (_, row) => {
    const cells = result.columns.map((column): [string, Cell] => {
      if (column.kind === "text") {
        const code = column.codes[row] ?? -1;
        return [column.name, code < 0 ? null : column.text(code)];
      }
      if (column.kind === "integer") {
        return [column.name, column.missing[row] === 1 ? null : exactNumber(column.values[row] ?? 0n)];
      }
      if (column.kind === "bytes") return [column.name, hexOf(column.values[row])];
      const value = column.values[row] ?? Number.NaN;
      return [column.name, Number.isNaN(value) ? null : value];
    });
    return Object.fromEntries(cells);
  });
  return { kind: "grouped", groups };
}

function hexOf(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : Buffer.from(bytes).toString("hex");
}
