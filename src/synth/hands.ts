// How many spans and assessments the traces of a columnar data set have: cards dealt from shuffled decks.
// Called by columns.ts. What must stay true: forty adjacent traces have 120 spans and 120 assessments between them, so
// that totals are exact: three a trace, as in published replays of MLflow's dashboards.

import type { Random } from "./random.ts";

/** Spans of a trace: a quarter are single calls, few are long. */
export const SPAN_DECK = deck({ 1: 10, 2: 10, 3: 10, 4: 5, 5: 2, 6: 1, 9: 1, 15: 1 });
/** Assessments of a trace; a fifth have none. */
export const ASSESSMENT_DECK = deck({ 0: 8, 1: 6, 2: 6, 3: 6, 4: 6, 5: 4, 8: 2, 12: 2 });

/** Cards by how often each is there. */
function deck(copies: Readonly<Record<number, number>>): Uint8Array {
  return Uint8Array.from(
    Object.entries(copies).flatMap(([card, count]) => new Array<number>(count).fill(Number(card))),
  );
}

/** Deals the cards of a deck in random order, and shuffles again when all are dealt. */
export class Dealer {
  readonly #cards: Uint8Array;
  #left = 0;

  constructor(cards: Uint8Array) {
    this.#cards = cards.slice();
  }

  /** The next card. */
  deal(random: Random): number {
    const cards = this.#cards;
    if (this.#left === 0) this.#left = cards.length;
    const at = random.below(this.#left);
    this.#left -= 1;
    const card = cards[at]!;
    cards[at] = cards[this.#left]!;
    cards[this.#left] = card;
    return card;
  }
}
