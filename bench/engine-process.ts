// Starts an engine in a process of its own and asks it: first for its answers, then for times.
// Called by replay.ts and analytic.ts. What must stay true: one engine runs at a time; the process ends with its engine.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answer } from "./workload.ts";
import type { Size, WorkloadName } from "./workloads.ts";

/** The engines: DuckDB with texts as VARCHAR, its usual way, and as ENUM, its dictionary. */
export const COLUMN_ENGINES = ["tracemill", "duckdb", "duckdb-enum"] as const;
/** One of them. */
export type ColumnEngine = (typeof COLUMN_ENGINES)[number];

/** What a process is started for. */
export interface EngineJob {
  readonly engine: ColumnEngine;
  readonly workload: WorkloadName;
  readonly size: Size;
  /** The file of DuckDB's tables. */
  readonly duckdbFile: string;
  readonly threads: number;
}

/** What a process can be asked. */
export type EngineMessage =
  | { readonly kind: "file" }
  | { readonly kind: "answers" }
  | { readonly kind: "time"; readonly runs: number }
  | { readonly kind: "memory" };

/** What it says. */
export interface EngineReplies {
  /** The file of DuckDB's tables is there. */
  readonly file: true;
  /** By question. */
  readonly answers: readonly Answer[];
  /** Milliseconds by question and run; the first run is not among them. */
  readonly time: readonly (readonly number[])[];
  readonly memory: { readonly peakRssBytes: number; readonly filledRssBytes: number; readonly fillSeconds: number };
}

const CHILD = fileURLToPath(new URL("./engine-child.ts", import.meta.url));
const HEAP_MEGABYTES = 4_096;

/** An engine that has been started. */
export class EngineProcess {
  readonly #child: ChildProcess;

  /** Starts the engine; it fills its tables before it answers the first question. */
  constructor(job: EngineJob) {
    this.#child = fork(CHILD, [JSON.stringify(job)], {
      execArgv: [...process.execArgv, `--max-old-space-size=${HEAP_MEGABYTES}`],
      serialization: "advanced",
    });
  }

  /** Sends one message and waits for its reply. */
  ask<K extends EngineMessage["kind"]>(
    message: Extract<EngineMessage, { readonly kind: K }>,
  ): Promise<EngineReplies[K]> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`the engine ended with exit code ${code}`));
      this.#child.once("exit", ended);
      this.#child.once("message", (reply) => {
        this.#child.off("exit", ended);
        resolve(reply as EngineReplies[K]);
      });
      this.#child.send(message);
    });
  }

  /** Ends the process. */
  async end(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.disconnect();
    await exited;
  }
}
