// Chosen fields of a trace, by the paths of MLflow's `--extract-fields`: dots between names, backticks around a name with
// dots, `*` for every member or item. Called by the command line. What must stay true: values print as they were written;
// two of MLflow's oddities are imitated under `strict` alone: a `*` over keys with dots loses them.

import { isItems, isLeaf, isMembers, type JsonNode } from "./json-value.ts";

/** The names of a path; empty ones are left out. An open backtick runs to the end. */
export function pathNames(path: string): readonly string[] {
  const names: string[] = [];
  let name = "";
  let quoted = false;
  for (const character of path) {
    if (character === "`") {
      quoted = !quoted;
    } else if (character === "." && !quoted) {
      if (name !== "") names.push(name);
      name = "";
    } else {
      name += character;
    }
  }
  if (name !== "") names.push(name);
  return names;
}

/** Every value that a path leads to. Items of lists are reached by `*` alone. */
export function valuesAt(node: JsonNode, path: string): readonly JsonNode[] {
  let found: readonly JsonNode[] = [node];
  for (const name of pathNames(path)) {
    found = found.flatMap((value) => {
      if (name === "*") return isItems(value) ? value : isMembers(value) ? [...value.values()] : [];
      const member = isMembers(value) ? value.get(name) : undefined;
      return member === undefined ? [] : [member];
    });
  }
  return found;
}

/** What `--extract-fields` keeps of a trace, in its structure; null values are left out. */
export function fieldsOf(node: JsonNode, paths: readonly string[], strict: boolean): JsonNode {
  const chosen: Chosen = { members: new Map() };
  for (const path of paths) choose(node, pathNames(path), { chosen, strict, underStar: path.includes("*") });
  return keep(node, chosen) ?? new Map();
}

/** A tree of what was chosen: a value as a whole, or some of its members by name or place. */
interface Chosen {
  whole?: true;
  readonly members: Map<string, Chosen>;
}

interface Choice {
  readonly chosen: Chosen;
  readonly strict: boolean;
  readonly underStar: boolean;
}

function choose(node: JsonNode, names: readonly string[], choice: Choice): void {
  const [name, ...rest] = names;
  if (name === undefined) {
    choice.chosen.whole = true;
    return;
  }
  for (const [key, member] of membersOf(node, name)) {
    // MLflow writes the found path with dots and splits it again, so such keys lead nowhere.
    if (choice.strict && choice.underStar && isMembers(node) && key.includes(".")) continue;
    const below = choice.chosen.members.get(key) ?? { members: new Map<string, Chosen>() };
    choice.chosen.members.set(key, below);
    choose(member, rest, { ...choice, chosen: below });
  }
}

function membersOf(node: JsonNode, name: string): readonly (readonly [string, JsonNode])[] {
  if (isMembers(node)) {
    if (name === "*") return [...node];
    const member = node.get(name);
    return member === undefined ? [] : [[name, member]];
  }
  if (!isItems(node)) return [];
  if (name === "*") return node.map((item, at) => [String(at), item]);
  const item = /^\d{1,9}$/.test(name) ? node[Number(name)] : undefined;
  return item === undefined ? [] : [[String(Number(name)), item]];
}

function keep(node: JsonNode, chosen: Chosen): JsonNode | undefined {
  if (isLeaf(node)) return chosen.whole && node.value !== null ? node : undefined;
  if (chosen.whole) return node;
  if (isItems(node)) return keepItems(node, chosen);
  const members = new Map<string, JsonNode>();
  for (const [key, below] of isMembers(node) ? chosen.members : []) {
    const member = isMembers(node) ? node.get(key) : undefined;
    const kept = member === undefined ? undefined : keep(member, below);
    if (kept !== undefined) members.set(key, kept);
  }
  return members.size === 0 ? undefined : members;
}

/** Items keep their places: before the last that is kept, the others are empty objects. */
function keepItems(items: readonly JsonNode[], chosen: Chosen): JsonNode | undefined {
  const kept: JsonNode[] = [];
  for (const [place, item] of items.entries()) {
    const below = chosen.members.get(String(place));
    const value = below === undefined ? undefined : keep(item, below);
    if (value === undefined) continue;
    while (kept.length < place) kept.push(new Map());
    kept.push(value);
  }
  return kept.length === 0 ? undefined : kept;
}

const SHOWN_INFO = 8;
const SHOWN_DATA = 5;
const SUGGESTED_LEVELS = 2;

/** Why some paths are refused. */
export interface FieldRefusal {
  /** Paths that lead nowhere. */
  readonly paths: readonly string[];
  /** What helps, line by line. */
  readonly help: readonly string[];
}

/** As MLflow: refuses paths without `*` that lead nowhere in `sample`; undefined when there are none. */
export function refusedFields(sample: JsonNode, paths: readonly string[], verbose: boolean): FieldRefusal | undefined {
  const wrong = paths.filter((path) => !path.includes("*") && valuesAt(sample, path).length === 0);
  if (wrong.length === 0) return undefined;
  const available = availableFields(sample);
  const info = available.filter((field) => field.startsWith("info."));
  const data = available.filter((field) => field.startsWith("data."));
  const help = [
    "Use dot notation to specify nested fields, such as info.trace_id, info.state, info.assessments.*",
    ...wrong.map((path) => `• ${path}`),
    "Available fields in this data:",
  ];
  if (verbose) {
    if (info.length > 0) help.push("Info fields:", ...info.map((field) => `  • ${field}`));
    if (data.length > 0) help.push("Data fields:", ...data.map((field) => `  • ${field}`));
  } else {
    if (info.length > 0) help.push(`  info.*: ${some(info, SHOWN_INFO)}`);
    if (data.length > 0) help.push(`  data.*: ${some(data, SHOWN_DATA)}`);
    help.push("Tip: Use --verbose flag to see all available fields");
  }
  return { paths: wrong, help };
}

function some(fields: readonly string[], most: number): string {
  const shown = fields.slice(0, most).join(", ");
  return fields.length > most ? `${shown}, ... (+${fields.length - most} more)` : shown;
}

function availableFields(sample: JsonNode): readonly string[] {
  const fields = new Set<string>();
  collectFields(sample, "", fields);
  return [...fields].sort();
}

function collectFields(node: JsonNode, path: string, fields: Set<string>): void {
  const below = (name: string) => (path === "" ? name : `${path}.${name}`);
  if (isMembers(node)) {
    for (const [key, member] of node) {
      fields.add(below(key));
      if (path.split(".").length - 1 < SUGGESTED_LEVELS) collectFields(member, below(key), fields);
    }
  } else if (isItems(node) && node.length > 0) {
    fields.add(below("*"));
    const [first] = node;
    if (isMembers(first)) collectFields(first, below("*"), fields);
  }
}
