// Texts of any code points but surrogates, as fast-check's unit "binary" draws them, and of the same seeds the same texts.
// That unit writes a map of all 1,112,064 characters on first use: a second of each process, and 110 MB that its garbage
// collector visits from then on. Called by tests of texts.

import fc from "fast-check";

const SURROGATES = 0xd800;
const PAST_SURROGATES = 0xe000;
const GAP = PAST_SURROGATES - SURROGATES;

const character = fc.nat({ max: 0x10ffff - GAP }).map(characterOf, indexOf);

/** Texts of any characters; `maxLength` counts characters. */
export function anyText(limits: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ ...limits, unit: character });
}

function characterOf(index: number): string {
  return String.fromCodePoint(index < SURROGATES ? index : index + GAP);
}

/** The way back, by which fast-check knows what it can draw and shrink; throws for what is no character. */
function indexOf(text: unknown): number {
  const point = typeof text === "string" ? text.codePointAt(0) : undefined;
  if (point === undefined || String.fromCodePoint(point) !== text) throw new Error("not one character");
  if (point >= SURROGATES && point < PAST_SURROGATES) throw new Error("a lone surrogate");
  return point < SURROGATES ? point : point - GAP;
}
