// Seeded random numbers for synthetic data: one generator, and the distributions that the shapes are written in.
// Called by everything in synth/. What must stay true: the same (seed, stream, index) gives the same numbers for ever,
// since fixtures and benches are named by their seed.
//
// Generator: sfc32 ("small fast counting"), Chris Doty-Humphrey, PractRand 0.94 (2018), RNG_engines/sfc.h, 32-bit
// variant. Normal variate: Box and Muller, "A Note on the Generation of Random Normal Deviates" (1958).

const SEEDING_ROUNDS = 15;
const TWO_32 = 2 ** 32;
const TWO_26 = 2 ** 26;
const TWO_53 = 2 ** 53;

/** A stream of random numbers. State grows, so it is a class; `reseed` reuses one object for many streams. */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 1;

  /** `seed`: any whole number in [0, 2^53); `stream` and `index` tell independent uses of one seed apart. */
  constructor(seed: number, stream = 0, index = 0) {
    this.reseed(seed, stream, index);
  }

  /** Starts again at the first number of (seed, stream, index). `index` in [0, 2^32). */
  reseed(seed: number, stream: number, index: number): void {
    this.a = seed | 0;
    this.b = Math.floor(seed / TWO_32) ^ Math.imul(stream + 1, 0x9e3779b1);
    this.c = index | 0;
    this.counter = 1;
    for (let round = 0; round < SEEDING_ROUNDS; round++) this.uint32();
  }

  /** Uniform whole number in [0, 2^32). */
  uint32(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1), 53 bits. */
  unit(): number {
    const high = this.uint32() >>> 5;
    return (high * TWO_26 + (this.uint32() >>> 6)) / TWO_53;
  }

  /** Uniform whole number in [0, count). `count` in [1, 2^32]. */
  below(count: number): number {
    return Math.floor((this.uint32() / TWO_32) * count);
  }

  /** Uniform whole number in [first, last], both included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  /** True with the given probability in [0, 1]. */
  chance(probability: number): boolean {
    return this.uint32() < probability * TWO_32;
  }

  /** Standard normal variate. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()));
    return radius * Math.cos(2 * Math.PI * this.unit());
  }

  /** Log-normal variate by its median and the standard deviation of its logarithm. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** Log-uniform in [low, high). Both positive. */
  logUniform(low: number, high: number): number {
    return low * Math.exp(this.unit() * Math.log(high / low));
  }

  /** How many failures come before the first success of the given probability in (0, 1]. */
  geometric(success: number): number {
    let failures = 0;
    while (!this.chance(success)) failures++;
    return failures;
  }

  /** One of the values, uniformly. `values` is not empty. */
  oneOf<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** One of the choices, by weight. */
  pick<T>(choices: Choices<T>): T {
    const target = this.unit() * choices.total;
    let at = 0;
    while (at < choices.upTo.length - 1 && target >= (choices.upTo[at] as number)) at++;
    return choices.values[at] as T;
  }
}

/** Values with running sums of their weights. */
export interface Choices<T> {
  readonly values: readonly T[];
  readonly upTo: readonly number[];
  readonly total: number;
}

/** Choices from (value, weight) pairs; weights are positive and need not sum to one. */
export function weighted<T>(pairs: readonly (readonly [value: T, weight: number])[]): Choices<T> {
  let total = 0;
  const upTo = pairs.map(([, weight]) => (total += weight));
  return { values: pairs.map(([value]) => value), upTo, total };
}

/** Zipf's law over the values: the k-th (from 1) has weight k^-exponent. */
export function zipf<T>(values: readonly T[], exponent = 1): Choices<T> {
  return weighted(values.map((value, rank) => [value, (rank + 1) ** -exponent] as const));
}
