// Limit: groups or row positions [offset, offset + count).
// Called by compile.ts. What must stay true: past the end there is simply less.

import type { Limit } from "../plan/logical.ts";
import type { GroupedResult } from "../plan/result.ts";
import { reorder } from "./sort.ts";

/** The groups of a limit. */
export function limitGroups(result: GroupedResult, { count, offset }: Limit): GroupedResult {
  const end = Math.min(result.rows, offset + count);
  if (offset === 0 && end === result.rows) return result;
  const length = Math.max(0, end - offset);
  return reorder(
    result,
    Uint32Array.from({ length }, (_, i) => offset + i),
  );
}

/** The positions of a limit. */
export function limitRows(positions: Uint32Array, { count, offset }: Limit): Uint32Array {
  return positions.slice(offset, offset + count);
}
