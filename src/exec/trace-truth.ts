// Truth by trace: predicates on traces that rows of spans and assessments ask for, and `exists`, a semi-join the other way.
// Called by evaluate.ts and scan.ts. What must stay true: each is computed once a query, as one array over trace rows.
// Session scope (MLflow's trace search): a matching assessment that carries a session also covers every trace whose
// session equals that of the assessed trace.

import { invariant } from "../base/assert.ts";
import { BLOCK_ROWS } from "../columns/column.ts";
import { allRows } from "../kernels/select.ts";
import type { Exists, Predicate } from "../plan/expr.ts";
import { exprKey } from "../plan/visit.ts";
import { blockCount, blockLength } from "./batch.ts";
import type { Bind } from "./lift.ts";
import { columnOf, Scope } from "./scope.ts";

/** Truth of a predicate on traces for every trace row: 0, 1 or 2. */
export function truthOfTraces(predicate: Predicate, scope: Scope, bind: Bind): Uint8Array {
  return scope.once(`traces ${exprKey(predicate)}`, () => {
    const traces = scope.once("traces", () => new Scope(scope.dataset, "traces", { shortcuts: scope.shortcuts }));
    const truth = new Uint8Array(traces.table.rows);
    const source = bind(predicate, traces);
    for (let block = 0; block < blockCount(truth.length); block += 1) {
      const length = blockLength(truth.length, block);
      const start = block * BLOCK_ROWS;
      source({ block, length, rows: allRows(length) }, truth.subarray(start, start + length));
    }
    return truth;
  });
}

/** Which traces have a row that satisfies the predicate: 1 or 0 by trace row. `scope`: that of traces. */
export function existsByTrace(exists: Exists, scope: Scope, bind: Bind): Uint8Array {
  return scope.once(`exists ${exprKey(exists)}`, () => {
    const inner = scope.once(
      `rows of ${exists.table}`,
      () => new Scope(scope.dataset, exists.table, { shortcuts: scope.shortcuts }),
    );
    const found = new Uint8Array(scope.table.rows);
    const sessions = exists.scope === "session" ? sessionSpread(scope, inner) : undefined;
    const source = bind(exists.predicate, inner);
    const index = inner.traceRows();
    const truth = new Uint8Array(inner.batchRows);
    for (let block = 0; block < blockCount(inner.table.rows); block += 1) {
      const length = blockLength(inner.table.rows, block);
      source({ block, length, rows: allRows(length) }, truth);
      const traceRows = index.blocks[block]?.values ?? new Int32Array(0);
      for (let row = 0; row < length; row += 1) if (truth[row] === 1) found[traceRows[row]!] = 1;
      sessions?.note({ block, length, truth, traceRows });
    }
    sessions?.spread(found);
    return found;
  });
}

interface Noted {
  readonly block: number;
  readonly length: number;
  readonly truth: Uint8Array;
  readonly traceRows: Int32Array;
}

/** Collects the sessions of assessed traces, and marks all traces of those sessions. */
function sessionSpread(
  traces: Scope,
  assessments: Scope,
): { note(batch: Noted): void; spread(found: Uint8Array): void } {
  const own = columnOf(traces.table, "session");
  const carried = columnOf(assessments.table, "session");
  invariant(own.type === "dictionary" && carried.type === "dictionary", "sessions are dictionary columns");
  const covered = new Uint8Array(own.dictionary.size);
  const sessionOf = (traceRow: number): number =>
    own.blocks[Math.floor(traceRow / BLOCK_ROWS)]?.values[traceRow % BLOCK_ROWS] ?? -1;
  return {
    note({ block, length, truth, traceRows }) {
      const carriedCodes = carried.blocks[block]?.values ?? new Int32Array(0);
      for (let row = 0; row < length; row += 1) {
        if (truth[row] !== 1 || carriedCodes[row]! < 0) continue;
        const session = sessionOf(traceRows[row]!);
        if (session >= 0) covered[session] = 1;
      }
    },
    spread(found) {
      for (let row = 0; row < found.length; row += 1) {
        const session = sessionOf(row);
        if (session >= 0 && covered[session] === 1) found[row] = 1;
      }
    },
  };
}
