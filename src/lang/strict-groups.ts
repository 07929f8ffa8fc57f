// Tokens -> the groups that MLflow's SQL parser (sqlparse 0.6) makes of them at the top of a statement: identifiers,
// comparisons, operations, lists. Strict mode accepts what becomes a comparison, and prints the rest in its refusal.
// Called by strict-clauses.ts and order-by.ts. The passes and their order are sqlparse's; what is inside a group
// is never looked at, so one pass over the top is enough, and every pass is linear.

import type { Token, TokenKind } from "./strict-tokens.ts";

/** Kinds of groups. */
const GROUPS = [
  ...(["identifier", "function", "parenthesis", "brackets", "case", "block", "over", "where"] as const),
  ...(["typed", "operation", "compared", "remark", "assigned", "listed"] as const),
] as const;

/** What a node of the statement is: a token, or a group of several. */
export type NodeKind = TokenKind | (typeof GROUPS)[number];

/** A node at the top of a statement. `parts` of a comparison: its operands, operator, and remarks after it. */
export interface GroupNode {
  readonly kind: NodeKind;
  readonly start: number;
  readonly end: number;
  readonly parts?: readonly GroupNode[];
}

/** The nodes at the top of a statement, without blanks. */
export function groupTokens(text: string, tokens: readonly Token[]): readonly GroupNode[] {
  const word = wordsOf(text);
  let nodes = groupRemarks(tokens);
  for (const pair of PAIRS) nodes = groupPairs(nodes, pair, word);
  nodes = groupOver(nodes, word);
  if (hasKind(nodes, "parenthesis")) nodes = groupFunctions(nodes);
  if (hasKind(nodes, "keyword")) nodes = groupWhere(nodes, word);
  for (const rule of BEFORE_NAMES) nodes = groupAround(nodes, rule, word);
  nodes = nodes.map((node) => (isOne(node, "name", "double") ? { ...node, kind: "identifier" } : node));
  if (hasKind(nodes, "order")) nodes = groupOrder(nodes);
  for (const rule of AFTER_NAMES) nodes = groupAround(nodes, rule, word);
  if (hasKind(nodes, "identifier")) nodes = groupAliases(nodes);
  nodes = groupAround(nodes, ASSIGNMENTS, word);
  if (hasKind(nodes, "remark")) nodes = attachRemarks(nodes);
  return groupAround(nodes, LISTS, word);
}

/** The text of a node in upper case; empty for a node that is longer than anything it is compared with. */
type Word = (node: GroupNode) => string;

const LONGEST_WORD = 32;

/** Asked for every node in every pass: a mark of one character, the most frequent node, must cost no new string. */
function wordsOf(text: string): Word {
  return ({ start, end }) => {
    if (end - start > LONGEST_WORD) return "";
    const code = text.charCodeAt(start);
    if (end - start === 1 && code < LETTERS) return text.charAt(start);
    return text.slice(start, end).toUpperCase();
  };
}

/** Characters before the first letter of ASCII. */
const LETTERS = 0x41;

function hasKind(nodes: readonly GroupNode[], wanted: NodeKind): boolean {
  return nodes.some(({ kind }) => kind === wanted);
}

function isOne(node: GroupNode | undefined, ...kinds: readonly NodeKind[]): boolean {
  return node !== undefined && kinds.includes(node.kind);
}

const GROUP_KINDS: ReadonlySet<NodeKind> = new Set<NodeKind>(GROUPS);

/** Comments and the line breaks right after them become one remark, unless nothing else follows; blanks go. */
function groupRemarks(tokens: readonly Token[]): readonly GroupNode[] {
  const nodes: GroupNode[] = [];
  // Comments and line breaks at the end stay as they are; where they begin is found once.
  let tail = tokens.length;
  while (tail > 0 && isOne(tokens[tail - 1], "comment", "newline")) tail -= 1;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]!;
    if (token.kind === "comment" && at < tail) {
      let end = at;
      while (isOne(tokens[end], "comment", "newline")) end += 1;
      nodes.push({ kind: "remark", start: token.start, end: tokens[end - 1]!.end });
      at = end - 1;
      continue;
    }
    if (token.kind !== "blank" && token.kind !== "newline") nodes.push(token);
  }
  return nodes;
}

interface Pair {
  readonly kind: NodeKind;
  readonly token: TokenKind;
  readonly open: readonly string[];
  readonly close: string;
}

const PAIRS: readonly Pair[] = [
  { kind: "brackets", token: "punctuation", open: ["["], close: "]" },
  { kind: "parenthesis", token: "punctuation", open: ["("], close: ")" },
  { kind: "case", token: "keyword", open: ["CASE"], close: "END" },
  { kind: "block", token: "keyword", open: ["IF"], close: "END IF" },
  { kind: "block", token: "keyword", open: ["FOR", "FOREACH"], close: "END LOOP" },
  { kind: "block", token: "keyword", open: ["BEGIN"], close: "END" },
];

/** Everything from an opening mark to the closing one that belongs to it becomes one node. */
function groupPairs(nodes: readonly GroupNode[], pair: Pair, word: Word): readonly GroupNode[] {
  if (!nodes.some(({ kind }) => kind === pair.token)) return nodes;
  const out: GroupNode[] = [];
  const open: number[] = [];
  for (const node of nodes) {
    out.push(node);
    if (node.kind !== pair.token || node.end - node.start > 16) continue;
    const text = word(node);
    if (pair.open.includes(text)) open.push(out.length - 1);
    else if (text === pair.close) {
      const from = open.pop();
      if (from !== undefined) mergeFrom(out, from, pair.kind);
    }
  }
  return out;
}

/** Replaces `out[from]` and all after it by one node. */
function mergeFrom(out: GroupNode[], from: number, kind: NodeKind): void {
  const first = out[from]!;
  const last = out[out.length - 1]!;
  const parts = kind === "compared" ? { parts: out.slice(from) } : {};
  out.length = from;
  out.push({ kind, start: first.start, end: last.end, ...parts });
}

function groupOver(nodes: readonly GroupNode[], word: Word): readonly GroupNode[] {
  if (!nodes.some(({ kind }) => kind === "keyword")) return nodes;
  const out: GroupNode[] = [];
  for (const node of nodes) {
    const before = out.at(-1);
    out.push(node);
    const over = before?.kind === "keyword" && word(before) === "OVER";
    if (over && isOne(node, "parenthesis", "name", "builtin", "placeholder")) mergeFrom(out, out.length - 2, "over");
  }
  return out;
}

function groupFunctions(nodes: readonly GroupNode[]): readonly GroupNode[] {
  const out: GroupNode[] = [];
  for (let at = 0; at < nodes.length; at += 1) {
    const node = nodes[at]!;
    out.push(node);
    if (!isOne(node, "name", "builtin", "placeholder") || nodes[at + 1]?.kind !== "parenthesis") continue;
    const from = out.length - 1;
    out.push(nodes[at + 1]!);
    at += 1;
    if (nodes[at + 1]?.kind === "over") {
      out.push(nodes[at + 1]!);
      at += 1;
    }
    mergeFrom(out, from, "function");
  }
  return out;
}

const ENDS_WHERE: ReadonlySet<string> = new Set([
  "ORDER BY",
  "GROUP BY",
  "LIMIT",
  "UNION",
  "UNION ALL",
  "EXCEPT",
  "HAVING",
  "RETURNING",
  "INTO",
]);

function groupWhere(nodes: readonly GroupNode[], word: Word): readonly GroupNode[] {
  const out: GroupNode[] = [];
  let from = -1;
  for (const node of nodes) {
    const text = node.kind === "keyword" ? word(node) : "";
    if (from >= 0 && ENDS_WHERE.has(text)) {
      mergeFrom(out, from, "where");
      from = -1;
    }
    out.push(node);
    if (from < 0 && text === "WHERE") from = out.length - 1;
  }
  if (from >= 0) mergeFrom(out, from, "where");
  return out;
}

/** Groups the nodes before and after a middle one. */
interface AroundRule {
  readonly kind: NodeKind;
  readonly middle: (node: GroupNode, word: Word) => boolean;
  readonly before: (node: GroupNode, word: Word) => boolean;
  readonly after: (node: GroupNode | undefined, word: Word) => boolean;
  /** What the group takes: both sides, only the one before, only the one after, or the one after when it is `joins`. */
  readonly takes: "both" | "before" | "after" | ((node: GroupNode | undefined) => boolean);
}

const isValue = (node: GroupNode | undefined): boolean =>
  isOne(node, "integer", "float", "single", "double", "name", "placeholder");
const isOperand = (node: GroupNode | undefined): boolean =>
  isValue(node) || isOne(node, "parenthesis", "function", "identifier", "operation", "typed");
const isKeyword = (node: GroupNode | undefined): boolean => isOne(node, "keyword", "statement", "order", "zone");
const isNull = (node: GroupNode | undefined, word: Word): boolean => node?.kind === "keyword" && word(node) === "NULL";
const there = (node: GroupNode | undefined): boolean => node !== undefined;
const anything = (): boolean => true;

const BEFORE_NAMES: readonly AroundRule[] = [
  {
    kind: "identifier",
    middle: (node, word) =>
      (node.kind === "punctuation" && word(node) === ".") ||
      (node.kind === "operator" && (word(node) === "->" || word(node) === "->>")),
    before: (node) => isOne(node, "brackets", "identifier", "name", "double"),
    after: anything,
    takes: (node) => isOne(node, "brackets", "function", "name", "double", "wildcard", "single"),
  },
  {
    kind: "identifier",
    middle: (node) => node.kind === "brackets",
    before: (node) => isOne(node, "brackets", "identifier", "function", "name", "double"),
    after: anything,
    takes: "before",
  },
];

const CURRENT: ReadonlySet<string> = new Set(["CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"]);
const UNITS: ReadonlySet<string> = new Set(["DAY", "HOUR", "MINUTE", "MONTH", "SECOND", "YEAR"]);
const isComputed = (node: GroupNode | undefined, word: Word): boolean =>
  isOperand(node) || isOne(node, "brackets") || (node?.kind === "keyword" && CURRENT.has(word(node)));
const isComparable = (node: GroupNode | undefined, word: Word): boolean => isOperand(node) || isNull(node, word);

const AFTER_NAMES: readonly AroundRule[] = [
  {
    kind: "identifier",
    middle: (node, word) => node.kind === "punctuation" && word(node) === "::",
    before: anything,
    after: there,
    takes: "both",
  },
  {
    kind: "identifier",
    middle: (node) => node.kind === "zone",
    before: anything,
    after: (node, word) => node?.kind === "single" || (node?.kind === "keyword" && word(node) === "AS"),
    takes: "both",
  },
  {
    kind: "typed",
    middle: (node, word) => node.kind === "builtin" || (node.kind === "keyword" && word(node) === "TIMESTAMP"),
    before: anything,
    after: (node) => isOne(node, "single"),
    takes: "after",
  },
  {
    kind: "typed",
    middle: (node) => node.kind === "typed",
    before: anything,
    after: (node, word) => node?.kind === "keyword" && UNITS.has(word(node)),
    takes: "after",
  },
  {
    kind: "operation",
    middle: (node) => isOne(node, "operator", "wildcard"),
    before: isComputed,
    after: isComputed,
    takes: "both",
  },
  {
    kind: "compared",
    middle: (node) => node.kind === "comparison",
    before: isComparable,
    after: isComparable,
    takes: "both",
  },
  {
    kind: "identifier",
    middle: (node, word) => node.kind === "keyword" && word(node) === "AS",
    before: (node, word) => isNull(node, word) || !isKeyword(node),
    after: (node) => node !== undefined && node.kind !== "statement",
    takes: "both",
  },
];

const ASSIGNMENTS: AroundRule = {
  kind: "assigned",
  middle: (node) => node.kind === "assignment",
  before: (node) => node.kind !== "keyword",
  after: (node) => node !== undefined && node.kind !== "keyword",
  takes: "both",
};

const isListed = (node: GroupNode | undefined): boolean =>
  isValue(node) ||
  isOne(node, "function", "case", "identifier", "compared", "listed", "operation", "keyword", "comment", "wildcard");

const LISTS: AroundRule = {
  kind: "listed",
  middle: (node, word) => node.kind === "punctuation" && word(node) === ",",
  before: isListed,
  after: isListed,
  takes: "both",
};

/**
 * Applies a rule from left to right. As in sqlparse, the node that a group took last still stands for the group when the
 * next middle asks what is before it: in `a = b = c` the second `=` sees `b`, and groups the first comparison with `c`.
 */
function groupAround(nodes: readonly GroupNode[], rule: AroundRule, word: Word): readonly GroupNode[] {
  if (!nodes.some((node) => rule.middle(node, word))) return nodes;
  const out: GroupNode[] = [];
  let before: GroupNode | undefined;
  for (let at = 0; at < nodes.length; at += 1) {
    const node = nodes[at]!;
    const next = nodes[at + 1];
    out.push(node);
    const fits = before !== undefined && rule.middle(node, word) && rule.before(before, word) && rule.after(next, word);
    if (!fits) {
      before = node;
      continue;
    }
    const takesBefore = rule.takes !== "after";
    const takesAfter = typeof rule.takes === "function" ? rule.takes(next) : rule.takes !== "before";
    const from = out.length - (takesBefore ? 2 : 1);
    if (takesAfter && next !== undefined) {
      out.push(next);
      at += 1;
    }
    mergeFrom(out, from, rule.kind);
    before = takesAfter ? next : out.at(-1);
  }
  return out;
}

/** `name DESC` is one identifier. */
function groupOrder(nodes: readonly GroupNode[]): readonly GroupNode[] {
  const out: GroupNode[] = [];
  for (const node of nodes) {
    const before = out.at(-1);
    out.push(node);
    if (node.kind === "order" && isOne(before, "identifier", "integer", "float", "hex")) {
      mergeFrom(out, out.length - 2, "identifier");
    }
  }
  return out;
}

/** A name right after a value is taken for its alias, and the two for one identifier. */
function groupAliases(nodes: readonly GroupNode[]): readonly GroupNode[] {
  const out: GroupNode[] = [];
  for (let at = 0; at < nodes.length; at += 1) {
    const node = nodes[at]!;
    const next = nodes[at + 1];
    const named = isOne(
      node,
      "parenthesis",
      "function",
      "case",
      "identifier",
      "operation",
      "compared",
      "integer",
      "float",
      "hex",
    );
    out.push(node);
    if (!named || next?.kind !== "identifier") continue;
    out.push(next);
    at += 1;
    mergeFrom(out, out.length - 2, "identifier");
  }
  return out;
}

/** Remarks belong to the group before them; a comparison with remarks has as many parts more. */
function attachRemarks(nodes: readonly GroupNode[]): readonly GroupNode[] {
  const out: GroupNode[] = [];
  for (let at = 0; at < nodes.length; at += 1) {
    const node = nodes[at]!;
    const first = at + 1;
    let end = first;
    if (GROUP_KINDS.has(node.kind)) while (nodes[end]?.kind === "remark") end += 1;
    if (end === first) {
      out.push(node);
      continue;
    }
    const parts = node.parts === undefined ? {} : { parts: [...node.parts, ...nodes.slice(first, end)] };
    out.push({ ...node, end: nodes[end - 1]!.end, ...parts });
    at = end - 1;
  }
  return out;
}
