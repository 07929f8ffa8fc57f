// Traces of a dataset by row, one after the other.
// Called by engine.ts for the rows of a search. What must stay true: a trace is read when it is reached, so that a page of
// many thousands costs the memory of one.

import type { Projection } from "../columns/projection.ts";
import type { Dataset } from "../columns/table.ts";
import { hasRecord, TRACE_RECORD_COLUMNS, TraceJsonWriter } from "./from-record.ts";
import { textAt } from "./row-access.ts";
import { type Trace, traceOf } from "./trace.ts";

/** The columns that reading traces takes, where their records can be read again. */
export const RECORD_PROJECTION: Projection = {
  traces: new Set(TRACE_RECORD_COLUMNS),
  spans: new Set(),
  assessments: new Set(),
};

/** Whether some of the rows have no record to read, so that they are rebuilt from columns, which takes all of them. */
export function needsAllColumns(dataset: Dataset, rows: Uint32Array): boolean {
  return rows.some((row) => !hasRecord(dataset.payload, row));
}

/** The traces of some rows, in their order. Throws E_SOURCE_CHANGED, E_IO when a record cannot be read again. */
export function* readTraces(
  dataset: Dataset,
  rows: Uint32Array,
  options: { readonly includeSpans: boolean },
): Generator<Trace> {
  const writer = new TraceJsonWriter(dataset);
  for (const row of rows) {
    const { bytes, isWhole } = writer.write(row, options);
    const traceId = textAt(dataset.traces, "trace_id", row) ?? "";
    yield traceOf(bytes.slice(), { traceId, isWhole });
  }
}
