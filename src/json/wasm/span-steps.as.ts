// The named functions of spans and of what a trace is told by its spans; as ingest/formats/span-functions.ts has them.
// Called by steps.as.ts. What must stay true: what the interpreter would count or reject is declined, but for orphans and
// negative durations, which are counted here.

import { setFloat, setInt32, setInt64 } from "./columns.as";
import { setHex } from "./field-steps.as";
import { isSpanId, readSpanId } from "./ids.as";
import { swapTapes } from "./memory.as";
import {
  addNegativeDuration, DECLINED, doc, DONE, endOf, errors, flat, kindOf, maxDepth, NUMBER, OBJECT, startOf, STRING,
} from "./record-state.as";
import { find } from "./scope.as";
import { addSpan, depthOf, hideUsage, resolve, spanCount, totalUsage } from "./span-graph.as";
import { openInner } from "./text.as";
import { isRead, nsOfMs, readNs } from "./values.as";

const EXACT_MS: i64 = 9_000_000_000;
const EXACT_INTEGER: f64 = 9_007_199_254_740_991;

/** Operands: origins of id and parent's id, column of the parent's id. */
export function spanIdentity(step: usize, column: usize, row: u32): i32 {
  const node = find(<usize>load<u32>(step, 12));
  if (node < 0 || kindOf(node) != STRING) return DECLINED;
  const id = readSpanId(startOf(node) + 1, endOf(node) - 1);
  if (!isSpanId) return DECLINED;
  const parentNode = find(<usize>load<u32>(step, 16));
  let parent: u64 = 0;
  if (parentNode >= 0) {
    if (kindOf(parentNode) != STRING) return DECLINED;
    if (endOf(parentNode) - startOf(parentNode) > 2) {
      parent = readSpanId(startOf(parentNode) + 1, endOf(parentNode) - 1);
      if (!isSpanId) return DECLINED;
    }
  }
  if (!addSpan(id, parent, parent != 0)) return DECLINED;
  const status = setHex(column, row, id);
  return status != DONE || parent == 0 ? status : setHex(<usize>load<u32>(step, 20), row, parent);
}

/** Operands: origins of start and end; columns start_ns, end_ns, start_ms, duration_ns, duration_ms. */
export function spanTimes(step: usize, row: u32): i32 {
  const startNode = find(<usize>load<u32>(step, 12));
  if (startNode < 0 || kindOf(startNode) != NUMBER) return DECLINED;
  const startMs = readNs(startOf(startNode), endOf(startNode));
  if (!isRead) return DECLINED;
  const startRest = nsOfMs;
  setInt64(<usize>load<u32>(step, 20), row, startMs * 1_000_000 + startRest);
  setFloat(<usize>load<u32>(step, 28), row, <f64>startMs);
  const endNode = find(<usize>load<u32>(step, 16));
  if (endNode < 0) return DONE;
  if (kindOf(endNode) != NUMBER) return DECLINED;
  const endMs = readNs(startOf(endNode), endOf(endNode));
  if (!isRead) return DECLINED;
  setInt64(<usize>load<u32>(step, 24), row, endMs * 1_000_000 + nsOfMs);
  const ms = endMs - startMs;
  const ns = nsOfMs - startRest;
  // From 104 days on nanoseconds are no longer exact in float64.
  if (ms >= EXACT_MS || ms <= -EXACT_MS) return DECLINED;
  setFloat(<usize>load<u32>(step, 32), row, <f64>ms * 1e6 + <f64>ns);
  setFloat(<usize>load<u32>(step, 36), row, <f64>(ns < 0 ? ms - 1 : ms));
  if (ms < 0 || (ms == 0 && ns < 0)) addNegativeDuration();
  return DONE;
}

/** Operands: columns span_count, error_span_count, depth; table of spans. */
export function finishSpans(step: usize, row: u32): i32 {
  if (!resolve()) return DECLINED;
  setInt32(<usize>load<u32>(step, 12), row, spanCount);
  setInt32(<usize>load<u32>(step, 16), row, errors);
  const depth = <usize>load<u32>(step, 20);
  if (depth == 0) return DONE;
  const first = load<u32>(<usize>load<u32>(step, 24)) - spanCount;
  for (let i: u32 = 0; i < spanCount; i += 1) setInt32(depth, first + i, depthOf(i));
  return DONE;
}

/** Operands: origins of the trace's own usage and of the mark of a closed info; five columns. */
export function traceUsage(step: usize, row: u32): i32 {
  if (spanCount == 0 || find(<usize>load<u32>(step, 16)) >= 0) return DONE;
  const node = find(<usize>load<u32>(step, 12));
  if (node >= 0) {
    const kind = kindOf(node);
    if (kind == OBJECT) return DONE;
    if (kind != STRING) return DECLINED;
    if (node == flat) return DONE;
    if (!openInner(doc, node, maxDepth)) return DECLINED;
    const isObject = kindOf(0) == OBJECT;
    swapTapes();
    if (isObject) return DONE;
  }
  hideUsage();
  for (let which: u32 = 0; which < 5; which += 1) {
    const total = totalUsage(which);
    if (total > EXACT_INTEGER) return DECLINED;
    if (!isNaN(total)) setFloat(<usize>load<u32>(step + (which << 2), 20), row, total);
  }
  return DONE;
}
