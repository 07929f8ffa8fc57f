// Synthetic traces straight as columns, without a file between: data sets of tens of millions of rows in seconds.
// Called by engine.ts, for benches and experiments. Shapes are those of the synthetic exports, but for the number of spans
// and assessments (hands.ts); traces come in the order in which they end, as stores write them.
// What must stay true: the same options give the same values in a column, whichever columns are asked for.
// Ids of spans, keyed columns and payload are not made: they are null.

import { EngineError } from "../base/errors.ts";
import type { Projection } from "../columns/projection.ts";
import type { TableName } from "../columns/schema.ts";
import type { Table } from "../columns/table.ts";
import { TableBuilder } from "../columns/table-builder.ts";
import { AssessmentColumns } from "./assessment-columns.ts";
import { ASSESSMENT_DECK, Dealer, SPAN_DECK } from "./hands.ts";
import { Random } from "./random.ts";
import { SpanColumns } from "./span-columns.ts";
import { TimeLine } from "./time-line.ts";
import { TraceColumns } from "./trace-columns.ts";

/** What to generate. */
export interface ColumnsOptions {
  /** Whole number in [0, 2^28). Spans and assessments are about three times as many, exactly so for multiples of 40. */
  readonly traces: number;
  /** Whole number in [0, 2^53); default 1. */
  readonly seed?: number;
  /** Start of the time range, whole ms since 1970 UTC; default 2026-03-02T00:00:00Z. */
  readonly startMs?: number;
  /** Length of the time range in days; default 32. */
  readonly days?: number;
  /** Ids "1", "2", ... by the application; default 1. */
  readonly experiments?: number;
  /** Default: 40 % of traces have one of two sessions of each twelve neighbours. */
  readonly sessions?: { readonly distinct: number; readonly share: number };
  /** Spans and assessments too (default), or traces alone, whose tokens and costs are then null. */
  readonly tables?: "all" | "traces";
}

const MAX_TRACES = 2 ** 28;
const DAY_MS = 86_400_000;
const DEFAULT_START_MS = Date.UTC(2026, 2, 2);
const DEFAULT_DAYS = 32;
const MAX_COLUMNS = 1;
/** Independent uses of one seed. */
const STREAM = { trace: 11, span: 12, assessment: 13 } as const;

/** The three tables of a data set, with the columns that `wanted` names. Throws E_USAGE, E_MEMORY. */
export function generateColumns(options: ColumnsOptions, wanted: Projection): { readonly [name in TableName]: Table } {
  const { traces, seed = 1, days = DEFAULT_DAYS, startMs = DEFAULT_START_MS, tables = "all" } = options;
  if (!(Number.isInteger(traces) && traces >= 0 && traces < MAX_TRACES && days > 0)) {
    throw new EngineError("E_USAGE", `cannot generate ${traces} traces over ${days} days`);
  }
  const builder = (name: TableName) => new TableBuilder(name, { wanted: wanted[name], maxColumns: MAX_COLUMNS });
  const random = new Random(seed, STREAM.trace);
  const own = { traces: builder("traces"), spans: builder("spans"), assessments: builder("assessments") };
  const traceColumns = new TraceColumns(own.traces, random, options);
  const spanColumns = new SpanColumns(own.spans, new Random(seed, STREAM.span));
  const assessmentColumns = new AssessmentColumns(own.assessments, new Random(seed, STREAM.assessment));
  const [spanDealer, assessmentDealer] = [new Dealer(SPAN_DECK), new Dealer(ASSESSMENT_DECK)];
  const line = new TimeLine(startMs, days * DAY_MS);
  for (let row = 0; row < traces; row += 1) {
    const scene = traceColumns.start(line.at((row + random.unit()) / traces), spanDealer.deal(random));
    const assessments = assessmentDealer.deal(random);
    if (tables === "all") {
      spanColumns.write(scene);
      assessmentColumns.write(row, scene.startMs + scene.durationNs / 1e6, assessments);
    }
    traceColumns.finish(scene, spanColumns.sums);
  }
  return { traces: own.traces.seal(), spans: own.spans.seal(), assessments: own.assessments.seal() };
}
