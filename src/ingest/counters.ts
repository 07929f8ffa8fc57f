// THE list of what a load counts beside records: oddities of the data that are kept, repaired or left out, never hidden.
// Counted by the value readers and the named functions, shown in the load report (report.ts), `inspect` and the docs.
// What must stay true: counts of a rejected record do not stay; a counter never changes its meaning.

interface CounterEntry {
  /** The words behind the number. */
  readonly what: string;
  /** False for what is ordinary: it is counted, and no warning. */
  readonly warns: boolean;
}

/** Every counter. */
export const COUNTERS = {
  negativeDurations: { what: "negative durations of traces and spans, kept", warns: true },
  orphanSpans: { what: "orphan spans (their parent is not in the record), counted as roots", warns: true },
  cycleSpans: { what: "spans in a cycle of parents", warns: true },
  duplicateSpans: { what: "spans that repeat a span id of their trace", warns: true },
  malformedIds: { what: "span ids of no known form, kept as text", warns: true },
  nonfinite: { what: "NaN or Infinity values, read as null", warns: true },
  badTokens: { what: "token counts that are no integer within int64, read as null", warns: true },
  negativeTokens: { what: "negative token counts, kept", warns: true },
  badNumbers: { what: "costs that are no number, read as null", warns: true },
  badTimes: { what: "end or assessment times that are none, read as null", warns: true },
  badDurations: { what: "durations that are none within int64, read as null", warns: true },
  wrongTypes: { what: "values of a JSON type that their column does not take, read as null", warns: true },
  brokenJson: { what: "texts that should hold a JSON object and do not (cut values), left as they are", warns: true },
  unkeyedAttributes: {
    what: "attributes that are structured or longer than 256 bytes, kept by place and not as a column",
    warns: false,
  },
  nullPayload: {
    what: "records whose payload has no place (compressed or streamed input), read as null; --payload keep holds it",
    warns: true,
  },
} as const satisfies Record<string, CounterEntry>;

/** Name of a counter. */
export type CounterName = keyof typeof COUNTERS;

const NAMES = Object.keys(COUNTERS) as CounterName[];

/** Counts of one record, added to those of its file when the record is committed. */
export class Counts {
  readonly #now = new Map<CounterName, number>();

  /** Counts `by` more of `name`. */
  add(name: CounterName, by = 1): void {
    if (by > 0) this.#now.set(name, (this.#now.get(name) ?? 0) + by);
  }

  /** The count of `name`. */
  get(name: CounterName): number {
    return this.#now.get(name) ?? 0;
  }

  /** Adds everything to `total`. */
  copyTo(total: Counts): void {
    for (const [name, by] of this.#now) total.add(name, by);
  }

  /** Starts again from nothing. */
  clear(): void {
    if (this.#now.size > 0) this.#now.clear();
  }

  /** What was counted, in the order of the list; names without a count are left out. */
  toObject(): { readonly [name in CounterName]?: number } {
    const counted: { [name in CounterName]?: number } = {};
    if (this.#now.size === 0) return counted;
    for (const name of NAMES) if (this.get(name) > 0) counted[name] = this.get(name);
    return counted;
  }
}
