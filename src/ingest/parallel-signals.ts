// How reading ends early in a parallel load, apart from errors of the data: thrown by its steps, caught in parallel-load.ts.
// They are no EngineErrors, so that nothing on the way takes them for a fault of the source.

/** Reading was stopped from outside; `cause` is the error to throw. */
export class Interruption extends Error {
  constructor(cause: unknown) {
    super("reading was interrupted", { cause });
  }
}

/** A fault was found under `stop`: what is under way is settled, which throws the first error in the order of the input. */
export class FaultStop extends Error {}

/** A record was no JSON document that was taken for one, so that what was read behind it is not to be trusted. */
export class Stray extends Error {}

/** A range of lines was too bad to be answered for at once: its file is read again, in batches. */
export class Crowded extends Error {
  /** Index of the source. */
  readonly file: number;

  constructor(file: number) {
    super("a range has too many rejects");
    this.file = file;
  }
}
