// Starts an engine of the load bench in a process of its own and asks it to load, once or again and again.
// Called by measure-loads.ts. What runs there is the program as users have it: joined by the build, without a translator in
// its threads. What must stay true: the program is made of the sources at hand; the process ends with its engine.

import { type ChildProcess, fork } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../scripts/bundle.mjs";
import type { Checks, LoadSample } from "./load-answers.ts";

/** The engines of the load bench. */
export type LoadEngineName = "tracemill" | "duckdb" | "duckdb-by-table" | "json-parse";

/** What a process is started for. */
export interface LoadJob {
  readonly engine: LoadEngineName;
  readonly path: string;
  /** Bytes; DuckDB wants to know. */
  readonly longestLine: number;
  /** tracemill's. */
  readonly threads: number;
}

/** What a process can be asked. */
export type LoadRequest = "load" | "checks";

/** Among the dependencies, so that they are found and nobody looks at it. */
const FOLDER = fileURLToPath(new URL("../node_modules/.tracemill-bench/", import.meta.url));
const MANIFEST = fileURLToPath(new URL("../package.json", import.meta.url));
const CHILD = "load-child";

/** The command line of the program. */
export const COMMAND = join(FOLDER, "dist", "cli", "main.js");

/** Makes the program that the processes run; before the first of them. */
export async function buildLoadProgram(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  copyFileSync(MANIFEST, join(FOLDER, "package.json"));
  await bundle(join(FOLDER, "dist"), { more: { [CHILD]: `bench/${CHILD}.ts` } });
}

/** An engine that has been started. */
export class LoadProcess {
  readonly #child: ChildProcess;
  readonly #engine: LoadEngineName;

  constructor(job: LoadJob) {
    this.#engine = job.engine;
    this.#child = fork(join(FOLDER, "dist", `${CHILD}.js`), [JSON.stringify(job)], { execArgv: [] });
  }

  /** Loads the file. */
  load(): Promise<LoadSample> {
    return this.#ask("load") as Promise<LoadSample>;
  }

  /** Of what the last load made; undefined for an engine that makes no columns. */
  async checks(): Promise<Checks | undefined> {
    return (await this.#ask("checks")) as Checks | undefined;
  }

  #ask(request: LoadRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void =>
        reject(new Error(`${this.#engine} ended with exit code ${code} and no result`));
      this.#child.once("exit", ended);
      this.#child.once("message", (reply) => {
        this.#child.off("exit", ended);
        resolve((reply as { readonly reply?: unknown }).reply);
      });
      this.#child.send(request);
    });
  }

  /** Ends the process. */
  async end(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.disconnect();
    await exited;
  }
}

/** One load in a process that has loaded nothing before. */
export async function loadOnce(job: LoadJob): Promise<LoadSample> {
  const child = new LoadProcess(job);
  const sample = await child.load();
  await child.end();
  return sample;
}
