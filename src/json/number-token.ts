// The grammar of a JSON number (RFC 8259 section 6) over bytes: where a number ends, without its value.
// Called by tokens.ts for every number of a document and by the scalars for text that ought to be one.

const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;

/** True for '0' to '9'. */
export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

/** True for 'e' and 'E'. */
export function isExponentMark(byte: number): boolean {
  return byte === 0x65 || byte === 0x45;
}

/**
 * The byte behind the longest number that begins at `at`, before `end`.
 * When there is none, `-1 - p`, where `p` is the byte that should have been a digit; `p` is `end` when the text is cut.
 */
export function skipNumber(bytes: Uint8Array, at: number, end: number): number {
  let p = at < end && bytes[at] === MINUS ? at + 1 : at;
  if (p < end && bytes[p] === ZERO) p += 1;
  else {
    const digits = p;
    p = skipDigits(bytes, p, end);
    if (p === digits) return -1 - p;
  }
  if (p < end && bytes[p] === POINT) {
    const digits = p + 1;
    p = skipDigits(bytes, digits, end);
    if (p === digits) return -1 - p;
  }
  if (p < end && isExponentMark(bytes[p]!)) {
    p += 1;
    if (p < end && (bytes[p] === PLUS || bytes[p] === MINUS)) p += 1;
    const digits = p;
    p = skipDigits(bytes, digits, end);
    if (p === digits) return -1 - p;
  }
  return p;
}

/** True when `[start, end)` is one JSON number and nothing else. */
export function isNumberText(bytes: Uint8Array, start: number, end: number): boolean {
  return skipNumber(bytes, start, end) === end;
}

/** The first byte at or behind `at` that is no digit, or `end`. */
export function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  let p = at;
  while (p < end && isDigit(bytes[p]!)) p += 1;
  return p;
}
