// Moments of a time range with the daily rhythm of traffic: the place of the k-th of n evenly loaded events.
// Called by columns.ts. What must stay true: moments ascend with their share, and every hour gets traffic by its weight.

import { HOURLY_RHYTHM } from "./shapes.ts";

const HOUR_MS = 3_600_000;
const HOURS = 24;

/** A time range whose traffic follows the hours of the day, UTC. */
export class TimeLine {
  readonly #startMs: number;
  /** Edges of the range's hours, ms since 1970; the first and last hour may be cut. */
  readonly #edges: Float64Array;
  /** Traffic before each edge, from 0 to 1. */
  readonly #traffic: Float64Array;

  /** `startMs`: ms since 1970, not negative. `rangeMs`: positive. */
  constructor(startMs: number, rangeMs: number) {
    const endMs = startMs + rangeMs;
    const edges = [startMs];
    for (let edge = (Math.floor(startMs / HOUR_MS) + 1) * HOUR_MS; edge < endMs; edge += HOUR_MS) edges.push(edge);
    edges.push(endMs);
    const traffic = new Float64Array(edges.length);
    for (let i = 1; i < edges.length; i += 1) {
      const [from, to] = [edges[i - 1] as number, edges[i] as number];
      const weight = HOURLY_RHYTHM[Math.floor(from / HOUR_MS) % HOURS] as number;
      traffic[i] = traffic[i - 1]! + weight * (to - from);
    }
    const total = traffic[edges.length - 1]!;
    this.#startMs = startMs;
    this.#edges = Float64Array.from(edges);
    this.#traffic = traffic.map((before) => before / total);
  }

  /** The moment before which `share`, in [0, 1), of the traffic lies; ms since 1970 with fractions. */
  at(share: number): number {
    const traffic = this.#traffic;
    let low = 0;
    let high = traffic.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (traffic[middle]! <= share) low = middle;
      else high = middle;
    }
    const from = this.#edges[low] ?? this.#startMs;
    const within = (share - traffic[low]!) / (traffic[high]! - traffic[low]!);
    return from + within * (this.#edges[high]! - from);
  }
}
