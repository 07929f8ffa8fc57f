// The shape of one trace: who is whose parent, and when each span runs. Called by trace-model.ts.
// Spans are numbered in preorder, so that siblings are in order of their start; span 0 is the one root.
// What must stay true: a parent's number is below its children's, and children lie within their parent's time.

import type { Random } from "./random.ts";
import { DURATION, TREE } from "./shapes.ts";

/** Parents and children by span number. */
export interface SpanTree {
  /** -1 for the root. */
  readonly parents: readonly number[];
  readonly children: readonly (readonly number[])[];
}

/** Grows a tree of `count` spans, `count` >= 1. */
export function growTree(random: Random, count: number): SpanTree {
  const maxDepth = Math.min(TREE.maxDepth, TREE.minDepth + random.geometric(TREE.depthSuccess));
  const hub = count > 2 && maxDepth > 2 && random.chance(0.5) ? 1 : 0;
  const parents = [-1];
  const children: number[][] = [[]];
  const capacity = [Number.POSITIVE_INFINITY];
  const path = [0];
  for (let span = 1; span < count; span++) {
    leaveFullSpans({ random, path, children, capacity, maxDepth, hub });
    const parent = path[path.length - 1] as number;
    parents.push(parent);
    (children[parent] as number[]).push(span);
    children.push([]);
    const isOnFirstPath = span < maxDepth - 1;
    const isLeaf = path.length + 1 >= maxDepth || (!isOnFirstPath && random.chance(TREE.leafShare));
    capacity.push(span === hub ? Number.POSITIVE_INFINITY : isLeaf ? 0 : random.between(1, TREE.maxFanOut));
    path.push(span);
  }
  return { parents, children };
}

interface GrowingTree {
  readonly random: Random;
  /** From the root to the span that was added last. */
  readonly path: number[];
  readonly children: readonly (readonly number[])[];
  readonly capacity: readonly number[];
  readonly maxDepth: number;
  readonly hub: number;
}

/** Shortens the path until its end can take another child. The root always can. */
function leaveFullSpans({ random, path, children, capacity, maxDepth, hub }: GrowingTree): void {
  while (path.length > 1) {
    const last = path[path.length - 1] as number;
    const used = (children[last] as readonly number[]).length;
    const isFull = path.length >= maxDepth || used >= (capacity[last] as number);
    if (!isFull && (last === hub || used === 0 || !random.chance(TREE.closeShare))) return;
    path.pop();
  }
}

/** Start and end of each span, in nanoseconds from the start of the trace. */
export interface SpanTimes {
  readonly startNs: Float64Array;
  readonly endNs: Float64Array;
}

/** What the times of a tree are made from. */
export interface TimeRequest {
  readonly tree: SpanTree;
  /** Whether the span is glue of a few milliseconds or less; read for spans without children. */
  isShort(span: number): boolean;
  /** Duration of the root. */
  readonly totalNs: number;
}

/** Spreads the spans over the time of the root. */
export function spreadTimes(random: Random, request: TimeRequest): SpanTimes {
  const { children } = request.tree;
  const startNs = new Float64Array(children.length);
  const endNs = new Float64Array(children.length);
  endNs[0] = request.totalNs;
  for (let parent = 0; parent < children.length; parent++) {
    const own = children[parent] as readonly number[];
    if (own.length === 0) continue;
    const wanted = own.map((child) => shareOf(random, request, child));
    const isParallel = own.length > 1 && random.chance(DURATION.parallelShare);
    placeChildren({ startNs, endNs }, { parent, own, wanted, isParallel });
  }
  return { startNs, endNs };
}

/** A child's wish: nanoseconds when it is glue, otherwise a negative weight of what is left. */
function shareOf(random: Random, request: TimeRequest, child: number): number {
  const isLeaf = (request.tree.children[child] as readonly number[]).length === 0;
  if (isLeaf && request.isShort(child)) return random.logUniform(DURATION.shortMs.low, DURATION.shortMs.high) * 1e6;
  return -random.logNormal(1, DURATION.shareSigma);
}

interface Placement {
  readonly parent: number;
  readonly own: readonly number[];
  readonly wanted: readonly number[];
  readonly isParallel: boolean;
}

/** One after the other, or side by side; at most 97 % of the parent's time is used, the rest is its own work. */
function placeChildren({ startNs, endNs }: SpanTimes, { parent, own, wanted, isParallel }: Placement): void {
  const start = startNs[parent] as number;
  const room = ((endNs[parent] as number) - start) * 0.97;
  const longest = room / (own.length + 1);
  let shortSum = 0;
  let weightSum = 0;
  for (const wish of wanted) {
    if (wish < 0) weightSum -= wish;
    else shortSum += Math.min(wish, longest);
  }
  const gap = Math.floor((room / 0.97 - room) / (own.length + 1));
  let at = start + gap;
  own.forEach((child, index) => {
    const wish = wanted[index] as number;
    const shared = isParallel ? room * Math.max(0.2, -wish / weightSum) : ((room - shortSum) * -wish) / weightSum;
    const duration = Math.floor(wish < 0 ? shared : Math.min(wish, longest));
    startNs[child] = at;
    endNs[child] = at + duration;
    at += (isParallel ? 0 : duration) + Math.floor(gap / (isParallel ? own.length : 1));
  });
}
