// Types of npm's tdigest, which has none: what the bench and the tests call.

declare module "tdigest" {
  export class TDigest {
    constructor(delta?: number | false, k?: number, cx?: number);
    push(value: number): void;
    percentile(share: number): number;
  }
}
