// Glob patterns without the file system: braces, and one path segment against one name.
// Called by sources.ts, which walks the folders. `*` and `?` stay inside a segment, `**` is a segment of its own, `[a-z]`
// and `[!a-z]` are classes, `\` takes the next character as it is; a name that begins with a dot must be asked for.
// What must stay true: matching is linear in the name for each star (no regular expression, so no blow-up).

/** True when `text` has a character that makes it a pattern. */
export function isPattern(text: string): boolean {
  return /[*?[{]/.test(text);
}

const MOST_ALTERNATIVES = 10_000;

/** The patterns that `{a,b}` stands for, in order; a brace without a partner or a comma stands for itself. */
export function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const group = findGroup(next);
    if (group === undefined || done.length + open.length > MOST_ALTERNATIVES) done.push(next);
    else {
      const { start, end, alternatives } = group;
      open.unshift(...alternatives.map((part) => `${next?.slice(0, start)}${part}${next?.slice(end)}`));
    }
  }
  return done;
}

/** The first group of braces that has a comma. */
function findGroup(pattern: string): { start: number; end: number; alternatives: string[] } | undefined {
  for (let start = pattern.indexOf("{"); start >= 0; start = pattern.indexOf("{", start + 1)) {
    const alternatives: string[] = [];
    let depth = 0;
    let from = start + 1;
    for (let at = start; at < pattern.length; at++) {
      const character = pattern[at];
      if (character === "{") depth++;
      else if (character === "," && depth === 1) {
        alternatives.push(pattern.slice(from, at));
        from = at + 1;
      } else if (character === "}" && --depth === 0) {
        alternatives.push(pattern.slice(from, at));
        if (alternatives.length > 1) return { start, end: at + 1, alternatives };
        break;
      }
    }
  }
  return undefined;
}

/** True when the whole of `name` matches the segment `pattern`. */
export function matchesSegment(pattern: string, name: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  let at = 0;
  let place = 0;
  let starAt = -1;
  let starPlace = 0;
  while (place < name.length) {
    const step = pattern[at] === "*" ? undefined : matchOne(pattern, at, name[place] ?? "");
    if (pattern[at] === "*") {
      starAt = at++;
      starPlace = place;
    } else if (step !== undefined) {
      at = step;
      place++;
    } else if (starAt >= 0) {
      at = starAt + 1;
      place = ++starPlace;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

/** The index after the pattern's element at `at` when it matches `character`. */
function matchOne(pattern: string, at: number, character: string): number | undefined {
  const element = pattern[at];
  if (element === undefined) return undefined;
  if (element === "?") return at + 1;
  if (element === "\\" && at + 1 < pattern.length) return pattern[at + 1] === character ? at + 2 : undefined;
  const end = element === "[" ? pattern.indexOf("]", at + 2) : -1;
  if (end < 0) return element === character ? at + 1 : undefined;
  const isNegated = pattern[at + 1] === "!" || pattern[at + 1] === "^";
  const members = pattern.slice(isNegated ? at + 2 : at + 1, end);
  return inClass(members, character) !== isNegated ? end + 1 : undefined;
}

function inClass(members: string, character: string): boolean {
  for (let i = 0; i < members.length; i++) {
    const first = members[i] ?? "";
    const last = members[i + 1] === "-" && i + 2 < members.length ? (members[i + 2] ?? "") : first;
    if (character >= first && character <= last) return true;
    if (last !== first) i += 2;
  }
  return false;
}
