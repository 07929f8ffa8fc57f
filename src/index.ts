// The public API of tracemill: a list of exports and nothing else.
// The command line is a user of this file; what it needs, every program can have.

export {
  EngineError,
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  type FilePlace,
  type Stage,
} from "./base/errors.ts";
export { LIMITS, type LimitName, type Limits, resolveLimits } from "./base/limits.ts";
export { drawCaret, type SourceSpan } from "./base/source-span.ts";
export {
  formatBytes,
  formatCount,
  formatDuration,
  formatTime,
  parseDurationMs,
  parseIsoTime,
  parseSize,
} from "./base/units.ts";
export {
  ASSESSMENT_COLUMNS,
  type ColumnSpec,
  type ColumnType,
  SCHEMA,
  SPAN_COLUMNS,
  type TableName,
  TRACE_COLUMNS,
} from "./columns/schema.ts";
export type { ColumnSummary, DatasetSummary, KeySummary, TableSummary } from "./columns/summary.ts";
export {
  getColumns,
  metricsColumns,
  metricsStateColumns,
  open,
  openSynthetic,
  searchColumns,
} from "./engine.ts";
export { DEFAULT_MAX_RESULTS } from "./frontends/metrics-validate.ts";
export type {
  AggregationRequest,
  Approximation,
  MetricsDataPoint,
  MetricsRequest,
  MetricsResponse,
} from "./frontends/mlflow-metrics.ts";
export type { SearchRequest } from "./frontends/mlflow-search.ts";
export type { FileReport, LoadReport, RejectedRecord } from "./ingest/report.ts";
export { memoryInput, type SourceInput } from "./ingest/sources.ts";
export { type CsvOptions, renderCsv } from "./render/csv.ts";
export { escapeLine, escapeText } from "./render/escape.ts";
export type { Cell, CellKind, Grid, GridColumn } from "./render/grid.ts";
export { type JsonValue, renderJson, renderJsonLines } from "./render/json.ts";
export { renderMarkdown } from "./render/markdown.ts";
export { renderSkillTable, renderTable, type TableOptions } from "./render/table.ts";
export {
  type MergeOptions,
  type MetricsState,
  mergeMetricsStates,
  metricsOfState,
  type StateOptions,
} from "./state/metrics-state.ts";
export { readMetricsState } from "./state/read-state.ts";
export type { StateSource, StateStore } from "./state/state-sources.ts";
export { writeMetricsState } from "./state/write-state.ts";
export type { ExplainOptions, OpenOptions, QueryOptions, SearchResult, Store, TraceStream } from "./store.ts";
export type { ColumnsOptions } from "./synth/columns.ts";
export { type ExportOptions, FRAMINGS, type Framing, generateExport } from "./synth/export.ts";
export { fieldsOf, refusedFields, valuesAt } from "./trace/extract.ts";
export {
  isItems,
  isLeaf,
  isMembers,
  type JsonLeaf,
  type JsonNode,
  nodeText,
  type PlainJson,
  type PlainObject,
} from "./trace/json-value.ts";
export { pageOf, type Trace, type TraceSpan } from "./trace/trace.ts";
