// The dataset of a store: loaded once with the columns asked for, and again when a request needs more of them.
// Called by engine.ts. What must stay true: a dataset never changes once loaded; loads do not overlap; standard input is
// read once; the files of a replaced dataset are closed.

import { EngineError } from "../base/errors.ts";
import { missingFrom, type Projection, unionOf } from "../columns/projection.ts";
import type { Source } from "./byte-source.ts";
import { type LoadOptions, type LoadResult, load } from "./load.ts";

/** Gives a dataset with at least `columns`. `missing`: those that an earlier reading did not give; none the first time. */
export type Reading = (columns: Projection, missing: readonly string[]) => Promise<LoadResult>;

/** Reads the sources, each time anew. Rejected records are told by the first reading alone. */
export function readingOf(sources: readonly Source[], options: Omit<LoadOptions, "columns">): Reading {
  return (columns, missing) => {
    const { rejects, ...others } = options;
    if (missing.length === 0) return load(sources, { ...options, columns });
    refuseSecondRead(sources, missing);
    return load(sources, { ...others, columns });
  };
}

function refuseSecondRead(sources: readonly Source[], missing: readonly string[]): void {
  const once = sources.find((source) => source.info.kind === "stdin");
  if (once === undefined) return;
  throw new EngineError(
    "E_COLUMN_NOT_LOADED",
    `${missing.join(", ")} not loaded, and ${once.info.name} cannot be read twice`,
  );
}

/** Reads, and reads again when a request needs columns that are not there. One reading at a time. */
export class Loader {
  readonly #read: Reading;
  #loaded: { readonly result: LoadResult; readonly projection: Projection } | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(read: Reading) {
    this.#read = read;
  }

  /** A dataset with at least these columns. Throws the read codes, E_COLUMN_NOT_LOADED for standard input read before. */
  require(needed: Projection): Promise<LoadResult> {
    const next = this.#turn.then(() => this.#ensure(needed));
    this.#turn = next.catch(() => undefined);
    return next;
  }

  async #ensure(needed: Projection): Promise<LoadResult> {
    const held = this.#loaded;
    const missing = held === undefined ? [] : missingFrom(held.projection, needed);
    if (held !== undefined && missing.length === 0) return held.result;
    const projection = held === undefined ? needed : unionOf(held.projection, needed);
    const result = await this.#read(projection, missing);
    held?.result.dataset.payload.close();
    this.#loaded = { result, projection };
    return result;
  }

  /** The dataset of the last load, with its report. */
  current(): LoadResult {
    if (this.#loaded === undefined) throw new EngineError("E_INTERNAL", "nothing loaded yet");
    return this.#loaded.result;
  }

  /** Closes the files that payload is read from. */
  close(): void {
    this.#loaded?.result.dataset.payload.close();
  }
}
