// Compares metric points: same order, same dimensions in the same key order, same labels, numbers within 1e-9 relative.
// Used wherever two ways of computing the same metrics must agree.

import { expect } from "vitest";

/** A point without its metric's name. */
export interface Point {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, number>>;
}

const RELATIVE = 1e-9;

/** Fails unless `got` equals `want`; shows both in full. */
export function expectPoints(got: readonly Point[], want: readonly Point[], note = ""): void {
  const same =
    got.length === want.length &&
    got.every((point, place) => {
      const other = want[place];
      return other !== undefined && sameDimensions(point, other) && sameValues(point.values, other.values);
    });
  if (!same) expect(got.map(bare), note).toEqual(want.map(bare));
}

function sameDimensions(a: Point, b: Point): boolean {
  return JSON.stringify(Object.entries(a.dimensions)) === JSON.stringify(Object.entries(b.dimensions));
}

function sameValues(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const labels = Object.keys(a);
  return labels.length === Object.keys(b).length && labels.every((label) => close(a[label], b[label]));
}

function close(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a === b || Math.abs(a - b) <= RELATIVE * Math.max(Math.abs(a), Math.abs(b));
}

/** As lists, so that a difference in the order of keys shows. */
function bare(point: Point): unknown {
  return { dimensions: Object.entries(point.dimensions), values: point.values };
}
