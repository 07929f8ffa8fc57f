// LIKE and ILIKE on UTF-8 bytes, in linear time: a pattern is compiled to segments between its `%`, and each segment is
// searched from where the one before it ended; the leftmost place is always good enough, so nothing is tried twice.
// Called by text.ts. What must stay true: `%` any run, `_` one code point, whole-value match, ILIKE folds ASCII only.
// Without `_` the search runs on bytes by Knuth, Morris and Pratt (1977). With `_` inside a segment it runs on code points
// by Shift-And (Baeza-Yates, Gonnet 1992), at ceil(length of the segment / 31) words a character.

/** How a pattern is read. */
export interface LikeOptions {
  /** ILIKE: ASCII letters match in either case. */
  readonly fold: boolean;
  /** A backslash takes the next character literally; at the very end it stands for itself. */
  readonly escape: boolean;
}

/** A compiled pattern. */
export interface LikePattern {
  /** Whether `bytes[start, end)`, UTF-8, matches. */
  matches(bytes: Uint8Array, start: number, end: number): boolean;
}

/** Any one character in a segment. */
const ANY = -1;

/** Compiles a pattern. Every text is a pattern. */
export function compileLike(pattern: string, options: LikeOptions): LikePattern {
  const { segments, wildcards } = parse(pattern, options);
  return wildcards ? new CodePointLike(segments, options.fold) : new ByteLike(segments, options.fold);
}

/** Bytes that every matching text holds. */
export interface LikeNeedle {
  /** Characters that stand in JSON text as they are, unless one is written as \\u00XX; in lower case when `fold`. */
  readonly bytes: Uint8Array;
  /** Letters of ASCII match in either case. */
  readonly fold: boolean;
  /** The pattern is the needle between two `%`: a text that holds it matches. */
  readonly decides: boolean;
}

/** Printable ASCII that is never escaped by need: quote, backslash and slash are. */
const PLAIN = /[\x20!#-.0-[\]-~]+/g;
/** The same without blanks and what JSON puts between values, beside which a writer may leave any blanks. */
const UNDIVIDED = /[!#-+\-.0-9;-Z^-z|~]+/g;
/** Text before a blank: between values, a blank follows a comma or a colon alone. */
const WITHIN_STRING = /[^\x20,:]\x20/;
/** Text on both sides of a blank: JSON as written has this in strings alone. */
const WRITTEN_IN_STRING = /[^\x20,:{}[\]]\x20[^\x20,:{}[\]]/;

/** The longest run that every matching text holds and JSON text holds too; undefined when there is none. */
export function likeNeedle(pattern: string, options: LikeOptions): LikeNeedle | undefined {
  const { segments } = parse(pattern, options);
  const texts = segments.map((segment) =>
    segment.map((point) => (point === ANY || point > 0x7f ? "\0" : String.fromCharCode(point))).join(""),
  );
  let longest = "";
  for (const text of texts) for (const run of runsOf(text)) if (run.length > longest.length) longest = run;
  if (longest === "") return undefined;
  const bytes = encode([...longest].map((character) => character.charCodeAt(0)));
  const isAll = texts.length === 3 && texts[0] === "" && texts[1] === longest && texts[2] === "";
  const isUndivided = longest.replace(UNDIVIDED, "") === "";
  return { bytes, fold: options.fold, decides: isAll && (isUndivided || WRITTEN_IN_STRING.test(longest)) };
}

function runsOf(text: string): readonly string[] {
  return (text.match(PLAIN) ?? []).flatMap((run) => (WITHIN_STRING.test(run) ? [run] : (run.match(UNDIVIDED) ?? [])));
}

/** The longest run of bytes that every matching text holds, in lower case under ILIKE; undefined when there is none. */
export function likeLiteral(pattern: string, options: LikeOptions): Uint8Array | undefined {
  let longest: Uint8Array = new Uint8Array(0);
  for (const segment of parse(pattern, options).segments) {
    for (let from = 0; from < segment.length; ) {
      const end = segment.indexOf(ANY, from);
      const bytes = encode(segment.slice(from, end < 0 ? segment.length : end));
      if (bytes.length > longest.length) longest = bytes;
      from = end < 0 ? segment.length : end + 1;
    }
  }
  return longest.length === 0 ? undefined : longest;
}

interface Parsed {
  /** Code points, or ANY, between the runs of `%`: one segment when there is no `%`. */
  readonly segments: readonly number[][];
  readonly wildcards: boolean;
}

function parse(pattern: string, options: LikeOptions): Parsed {
  const segments: number[][] = [[]];
  let wildcards = false;
  let escaped = false;
  for (const character of pattern) {
    const segment = segments.at(-1) ?? [];
    if (options.escape && character === "\\" && !escaped) {
      escaped = true;
      continue;
    }
    if (character === "%" && !escaped) {
      segments.push([]);
    } else if (character === "_" && !escaped) {
      segment.push(ANY);
      wildcards = true;
    } else {
      segment.push(foldAscii(character.codePointAt(0) ?? 0, options.fold));
    }
    escaped = false;
  }
  if (escaped) segments.at(-1)?.push(0x5c);
  // Between first and last, empty segments are runs of `%` and say nothing.
  const inner = segments.slice(1, -1).filter((segment) => segment.length > 0);
  const kept = segments.length === 1 ? segments : [segments[0] ?? [], ...inner, segments.at(-1) ?? []];
  return { segments: kept, wildcards };
}

function foldAscii(codePoint: number, fold: boolean): number {
  return fold && codePoint >= 0x41 && codePoint <= 0x5a ? codePoint + 32 : codePoint;
}

/** Lower case of every byte under ILIKE, the byte itself under LIKE. */
function foldTable(fold: boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => foldAscii(byte, fold));
}

function encode(codePoints: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (const point of codePoints) {
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else {
      bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    }
  }
  return Uint8Array.from(bytes);
}

/** Entry i: length of the longest proper prefix of `needle[0, i]` that is also its suffix. */
function failures(needle: Uint8Array | Int32Array): Int32Array {
  const table = new Int32Array(needle.length);
  for (let i = 1, length = 0; i < needle.length; i += 1) {
    while (length > 0 && needle[i] !== needle[length]) length = table[length - 1]!;
    if (needle[i] === needle[length]) length += 1;
    table[i] = length;
  }
  return table;
}

/** A pattern without `_`. */
class ByteLike implements LikePattern {
  readonly #prefix: Uint8Array;
  readonly #suffix: Uint8Array | undefined;
  readonly #inner: readonly { readonly needle: Uint8Array; readonly table: Int32Array }[];
  readonly #fold: Uint8Array;

  constructor(segments: readonly number[][], fold: boolean) {
    const encoded = segments.map(encode);
    this.#prefix = encoded[0] ?? new Uint8Array(0);
    this.#suffix = encoded.length > 1 ? encoded.at(-1) : undefined;
    this.#inner = encoded.slice(1, -1).map((needle) => ({ needle, table: failures(needle) }));
    this.#fold = foldTable(fold);
  }

  matches(bytes: Uint8Array, start: number, end: number): boolean {
    const prefix = this.#prefix;
    const suffix = this.#suffix;
    if (suffix === undefined) return end - start === prefix.length && this.#isAt(bytes, start, prefix);
    if (end - start < prefix.length + suffix.length) return false;
    if (!this.#isAt(bytes, start, prefix) || !this.#isAt(bytes, end - suffix.length, suffix)) return false;
    const last = end - suffix.length;
    let at = start + prefix.length;
    for (const segment of this.#inner) {
      at = this.#find(bytes, { start: at, end: last }, segment);
      if (at < 0) return false;
    }
    return true;
  }

  #isAt(bytes: Uint8Array, at: number, needle: Uint8Array): boolean {
    const fold = this.#fold;
    for (let i = 0; i < needle.length; i += 1) if (fold[bytes[at + i]!] !== needle[i]) return false;
    return true;
  }

  /** End of the leftmost occurrence, or -1. */
  #find(
    bytes: Uint8Array,
    range: { readonly start: number; readonly end: number },
    { needle, table }: { readonly needle: Uint8Array; readonly table: Int32Array },
  ): number {
    const fold = this.#fold;
    const { end } = range;
    const length = needle.length;
    let matched = 0;
    for (let at = range.start; at < end; at += 1) {
      const byte = fold[bytes[at]!]!;
      while (matched > 0 && byte !== needle[matched]) matched = table[matched - 1]!;
      if (byte === needle[matched]) matched += 1;
      if (matched === length) return at + 1;
    }
    return -1;
  }
}

const WORD_BITS = 31;

/** A segment of a pattern with `_`, searched by Shift-And. */
class CodePointSegment {
  readonly points: Int32Array;
  readonly #words: number;
  /** Distinct literals, ascending; literal i has the masks from (i + 1) * words on, any other character those from 0 on. */
  readonly #literals: Int32Array;
  readonly #masks: Int32Array;
  readonly #state: Int32Array;

  constructor(points: readonly number[]) {
    this.points = Int32Array.from(points);
    this.#words = Math.max(1, Math.ceil(points.length / WORD_BITS));
    this.#literals = Int32Array.from(new Set(points.filter((point) => point !== ANY))).sort();
    this.#masks = new Int32Array((this.#literals.length + 1) * this.#words);
    this.#state = new Int32Array(this.#words);
    points.forEach((point, i) => {
      const word = Math.floor(i / WORD_BITS);
      const bit = 1 << (i % WORD_BITS);
      if (point !== ANY) this.#masks[this.#masksOf(point) + word]! |= bit;
      else for (let set = word; set < this.#masks.length; set += this.#words) this.#masks[set]! |= bit;
    });
  }

  /** Where the masks of a character begin. */
  #masksOf(point: number): number {
    let low = 0;
    let high = this.#literals.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const literal = this.#literals[middle]!;
      if (literal === point) return (middle + 1) * this.#words;
      if (literal < point) low = middle + 1;
      else high = middle - 1;
    }
    return 0;
  }

  isAt(text: Int32Array, at: number): boolean {
    for (let i = 0; i < this.points.length; i += 1) {
      const point = this.points[i]!;
      if (point !== ANY && point !== text[at + i]) return false;
    }
    return true;
  }

  /** End of the leftmost occurrence in `text[start, end)`, or -1. */
  find(text: Int32Array, start: number, end: number): number {
    const state = this.#state.fill(0);
    const masks = this.#masks;
    const words = this.#words;
    const last = this.points.length - 1;
    const lastWord = Math.floor(last / WORD_BITS);
    const lastBit = 1 << (last % WORD_BITS);
    for (let at = start; at < end; at += 1) {
      const from = this.#masksOf(text[at]!);
      let carry = 1;
      for (let word = 0; word < words; word += 1) {
        const before = state[word]!;
        state[word] = ((before << 1) | carry) & masks[from + word]!;
        carry = (before >>> (WORD_BITS - 1)) & 1;
      }
      if ((state[lastWord]! & lastBit) !== 0) return at + 1;
    }
    return -1;
  }
}

/** A pattern with `_`: the text is decoded to code points first. */
class CodePointLike implements LikePattern {
  readonly #segments: readonly CodePointSegment[];
  readonly #fold: boolean;
  #text = new Int32Array(256);

  constructor(segments: readonly number[][], fold: boolean) {
    this.#segments = segments.map((points) => new CodePointSegment(points));
    this.#fold = fold;
  }

  matches(bytes: Uint8Array, start: number, end: number): boolean {
    const first = this.#segments[0];
    const last = this.#segments.at(-1);
    if (first === undefined || last === undefined) return false;
    const length = this.#decode(bytes, start, end);
    const text = this.#text;
    if (this.#segments.length === 1) return length === first.points.length && first.isAt(text, 0);
    const tail = length - last.points.length;
    if (tail < first.points.length || !first.isAt(text, 0) || !last.isAt(text, tail)) return false;
    let at = first.points.length;
    for (let i = 1; i < this.#segments.length - 1; i += 1) {
      at = this.#segments[i]?.find(text, at, tail) ?? -1;
      if (at < 0) return false;
    }
    return true;
  }

  /** Code points of valid (W)UTF-8, folded; gives their number. */
  #decode(bytes: Uint8Array, start: number, end: number): number {
    if (this.#text.length < end - start) this.#text = new Int32Array((end - start) * 2);
    const text = this.#text;
    const fold = this.#fold;
    let length = 0;
    for (let at = start; at < end; ) {
      const lead = bytes[at]!;
      if (lead < 0x80) {
        text[length++] = fold && lead >= 0x41 && lead <= 0x5a ? lead + 32 : lead;
        at += 1;
      } else if (lead < 0xe0) {
        text[length++] = ((lead & 31) << 6) | (bytes[at + 1]! & 63);
        at += 2;
      } else if (lead < 0xf0) {
        text[length++] = ((lead & 15) << 12) | ((bytes[at + 1]! & 63) << 6) | (bytes[at + 2]! & 63);
        at += 3;
      } else {
        const upper = ((lead & 7) << 18) | ((bytes[at + 1]! & 63) << 12);
        text[length++] = upper | ((bytes[at + 2]! & 63) << 6) | (bytes[at + 3]! & 63);
        at += 4;
      }
    }
    return length;
  }
}
