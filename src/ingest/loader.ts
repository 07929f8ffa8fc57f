// The dataset of a store: loaded once with the columns asked for, and again when a request needs more of them.
// Called by engine.ts. What must stay true: a dataset never changes once loaded; loads do not overlap; standard input is
// read once; the files of a replaced dataset are closed.

import { EngineError } from "../base/errors.ts";
import { missingFrom, type Projection, unionOf } from "../columns/projection.ts";
import type { Source } from "./byte-source.ts";
import { type LoadOptions, type LoadResult, load } from "./load.ts";

/** Loads sources, and loads them again when a request needs columns that are not there. One load at a time. */
export class Loader {
  readonly #sources: readonly Source[];
  readonly #options: Omit<LoadOptions, "columns">;
  #loaded: { readonly result: LoadResult; readonly projection: Projection } | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** `options`: of every load; rejected records are told by the first alone. */
  constructor(sources: readonly Source[], options: Omit<LoadOptions, "columns">) {
    this.#sources = sources;
    this.#options = options;
  }

  /** A dataset with at least these columns. Throws the read codes, E_COLUMN_NOT_LOADED for standard input read before. */
  require(needed: Projection): Promise<LoadResult> {
    const next = this.#turn.then(() => this.#ensure(needed));
    this.#turn = next.catch(() => undefined);
    return next;
  }

  async #ensure(needed: Projection): Promise<LoadResult> {
    const held = this.#loaded;
    if (held !== undefined) {
      const missing = missingFrom(held.projection, needed);
      if (missing.length === 0) return held.result;
      this.#refuseSecondRead(missing);
    }
    const projection = held === undefined ? needed : unionOf(held.projection, needed);
    const { rejects, ...others } = this.#options;
    const told = held === undefined && rejects !== undefined ? { rejects } : {};
    const result = await load(this.#sources, { ...others, ...told, columns: projection });
    held?.result.dataset.payload.close();
    this.#loaded = { result, projection };
    return result;
  }

  #refuseSecondRead(missing: readonly string[]): void {
    const once = this.#sources.find((source) => source.info.kind === "stdin");
    if (once === undefined) return;
    throw new EngineError(
      "E_COLUMN_NOT_LOADED",
      `${missing.join(", ")} not loaded, and ${once.info.name} cannot be read twice`,
    );
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
