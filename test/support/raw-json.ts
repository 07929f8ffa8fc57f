// JSON in and out with numbers kept as they are written, so that `1.0` stays `1.0` in a fixture file.
// Used by the conformance fixtures. Reads well-formed JSON only: case files are ours, not hostile.

/** A number as its JSON text. */
export interface RawNumber {
  readonly raw: string;
}

/** A JSON value; objects are maps, so that no key is special. */
export type RawJson = null | boolean | string | RawNumber | readonly RawJson[] | ReadonlyMap<string, RawJson>;

const TOKEN = /\s*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(true|false|null)|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?))/y;

/** Parses one JSON document. */
export function parseRawJson(text: string): RawJson {
  const pattern = new RegExp(TOKEN.source, "y");
  const next = (): string => {
    const match = pattern.exec(text);
    if (match === null) throw new Error(`no JSON token at ${pattern.lastIndex}`);
    return match[0].trim();
  };
  const peek = (): string => {
    const at = pattern.lastIndex;
    const token = next();
    pattern.lastIndex = at;
    return token;
  };
  const value = (): RawJson => {
    const token = next();
    if (token === "{") return members();
    if (token === "[") return items();
    if (token.startsWith('"')) return JSON.parse(token) as string;
    if (token === "null") return null;
    if (token === "true" || token === "false") return token === "true";
    return { raw: token };
  };
  const members = (): RawJson => {
    const map = new Map<string, RawJson>();
    for (let token = next(); token !== "}"; token = next()) {
      const key = token === "," ? next() : token;
      next();
      map.set(JSON.parse(key) as string, value());
    }
    return map;
  };
  const items = (): RawJson => {
    const list: RawJson[] = [];
    for (;;) {
      const token = peek();
      if (token === "]" || token === ",") next();
      if (token === "]") return list;
      list.push(value());
    }
  };
  return value();
}

/** JSON text in Python's form: `", "` and `": "` between parts. `undefined` members are left out. */
export function rawJsonText(value: RawJson | Writable): string {
  if (value === null || typeof value === "boolean" || typeof value === "number") return String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(rawJsonText).join(", ")}]`;
  if (isRawNumber(value)) return value.raw;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const members = entries.filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}: ${rawJsonText(member)}`).join(", ")}}`;
}

/** What `rawJsonText` writes beside raw values: plain objects, numbers and bigints. */
export type Writable =
  | number
  | bigint
  | readonly (RawJson | Writable)[]
  | { readonly [key: string]: RawJson | Writable | undefined };

/** Whether a value is a number kept as text. */
export function isRawNumber(value: unknown): value is RawNumber {
  return typeof value === "object" && value !== null && !(value instanceof Map) && "raw" in value;
}
