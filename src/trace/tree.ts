// The tree of a trace's spans. Called by trace.ts and by whoever draws one.
// What must stay true: every span stands in the tree exactly once, whatever its parent says: a span whose parent is absent
// is a root, and of spans that are one another's ancestors the earliest in the record becomes one. Iterative.

/** What a tree is made of. */
export interface TreeItem {
  readonly spanId: string;
  /** Null at a root. */
  readonly parentSpanId: string | null;
}

/** A tree of spans, in the order of the record at every level. */
export interface SpanTree<T extends TreeItem> {
  readonly roots: readonly T[];
  /** Children of the span of that id; none for an unknown one. */
  children(spanId: string): readonly T[];
}

/** Makes the tree. Of two spans of one id the later one stands, as when loading. */
export function treeOf<T extends TreeItem>(items: readonly T[]): SpanTree<T> {
  const byId = new Map<string, T>();
  for (const item of items) byId.set(item.spanId, item);
  const spans = items.filter((item) => byId.get(item.spanId) === item);
  const children = new Map<string, T[]>();
  const roots = new Set<T>();
  for (const span of spans) {
    const parent = span.parentSpanId;
    if (parent === null || !byId.has(parent)) {
      roots.add(span);
      continue;
    }
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [span]);
    else siblings.push(span);
  }
  const reached = new Set<T>();
  for (const root of roots) reach(root, children, reached);
  for (const span of spans) {
    if (reached.has(span)) continue;
    // In a cycle: the link to its parent is cut, so that it is reached from here alone.
    const siblings = children.get(span.parentSpanId ?? "");
    siblings?.splice(siblings.indexOf(span), 1);
    roots.add(span);
    reach(span, children, reached);
  }
  return {
    roots: spans.filter((span) => roots.has(span)),
    children: (spanId) => children.get(spanId) ?? [],
  };
}

function reach<T extends TreeItem>(from: T, children: ReadonlyMap<string, readonly T[]>, reached: Set<T>): void {
  const waiting = [from];
  for (let span = waiting.pop(); span !== undefined; span = waiting.pop()) {
    if (reached.has(span)) continue;
    reached.add(span);
    for (const child of children.get(span.spanId) ?? []) waiting.push(child);
  }
}

/** A span in the tree and its depth: 0 at a root. */
export interface Placed<T> {
  readonly span: T;
  readonly depth: number;
  /** For each level from 1 to `depth`: whether a later sibling follows on that level. */
  readonly follows: readonly boolean[];
}

/** The spans from the first root down, children after their parent. */
export function* walkTree<T extends TreeItem>(tree: SpanTree<T>): Generator<Placed<T>> {
  const waiting: Placed<T>[] = tree.roots.map((span) => ({ span, depth: 0, follows: [] })).reverse();
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    yield place;
    const { depth, follows } = place;
    const below = tree.children(place.span.spanId);
    for (let at = below.length - 1; at >= 0; at -= 1) {
      const span = below[at];
      if (span !== undefined) waiting.push({ span, depth: depth + 1, follows: [...follows, at < below.length - 1] });
    }
  }
}
