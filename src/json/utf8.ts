// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF. WTF-8 differs by surrogates:
// unescaped text holds them where the JSON had a lone \ud800.
// Called by tokens.ts for bytes of 0x80 and above inside strings, and by scan.ts to name what stands outside of them.

/** Reads one character of 0x80 or above: see skipUtf8. */
export type SkipCharacter = (bytes: Uint8Array, at: number, end: number) => number;

/**
 * The byte behind the well-formed sequence that begins at `at`, where `bytes[at]` is 0x80 or above.
 * When there is none, `-1 - p`, where `p` is the first byte that does not fit; `p` is `end` when the sequence is cut there.
 */
export const skipUtf8: SkipCharacter = skipperUpTo(0x9f);

/** As skipUtf8, with surrogates accepted in their three-byte form. */
export const skipWtf8: SkipCharacter = skipperUpTo(0xbf);

/** `highAfterEd`: the highest byte that may follow ED; above 9F are the surrogates. */
function skipperUpTo(highAfterEd: number): SkipCharacter {
  return (bytes, at, end) => {
    const lead = bytes[at]!;
    if (lead < 0xc2 || lead > 0xf4) return -1 - at;
    // The second byte alone tells overlong forms (after E0, F0), surrogates (ED) and values past U+10FFFF (F4).
    let low = 0x80;
    let high = 0xbf;
    if (lead === 0xe0) low = 0xa0;
    else if (lead === 0xed) high = highAfterEd;
    else if (lead === 0xf0) low = 0x90;
    else if (lead === 0xf4) high = 0x8f;
    const last = lead < 0xe0 ? at + 1 : lead < 0xf0 ? at + 2 : at + 3;
    for (let p = at + 1; p <= last; p += 1) {
      if (p >= end) return -1 - end;
      const byte = bytes[p]!;
      if (byte < low || byte > high) return -1 - p;
      low = 0x80;
      high = 0xbf;
    }
    return last + 1;
  };
}

/** "UTF-16LE" or "UTF-16BE" when `[start, end)` begins as such a text would: a byte order mark, or ASCII beside zeros. */
export function utf16Name(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start < 2) return undefined;
  const [first, second, third, fourth] = [bytes[start], bytes[start + 1], bytes[start + 2], bytes[start + 3]];
  if (first === 0xff && second === 0xfe) return "UTF-16LE";
  if (first === 0xfe && second === 0xff) return "UTF-16BE";
  if (end - start < 4) return undefined;
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return "UTF-16LE";
  if (first === 0 && second !== 0 && third === 0 && fourth !== 0) return "UTF-16BE";
  return undefined;
}
