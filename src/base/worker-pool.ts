// One small pool over node:worker_threads: tasks go out at once, answers come back as promises, deaths as errors.
// Used by ingest and exec on the main thread (startPool, workerScript) and by their *.worker.ts files (serveTasks).
// What must stay true: every task settles, whatever becomes of its worker; an EngineError crosses with its code and place;
// an idle pool does not keep the process alive; after close() no thread is left, but for idle ones that wait for the next
// pool of their script, which end by themselves.

import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  parentPort,
  type ResourceLimits,
  type Transferable,
  threadId,
  Worker,
  type WorkerOptions,
  workerData,
} from "node:worker_threads";
import { abortError, EngineError, type ErrorCode, type ErrorDetails } from "./errors.ts";
import { IDLE_MS } from "./limits.ts";

/** How a pool is started. */
export interface PoolOptions {
  /** The module that calls serveTasks; see workerScript. */
  readonly script: URL;
  /** Threads to start, at least 1. */
  readonly threads: number;
  /** Limits of each worker's JavaScript heap; buffers are not counted by them. */
  readonly resourceLimits?: ResourceLimits;
  /** What every worker can read with workerInput(). */
  readonly workerData?: unknown;
  /** When it fires, tasks reject with E_ABORTED and the threads are terminated. */
  readonly signal?: AbortSignal;
  /**
   * True: threads that an earlier pool of the script has kept are taken, where there are any. Then `resourceLimits` and
   * `workerData` must be those of that pool.
   */
  readonly reuses?: boolean;
}

/** How a pool is closed. */
export interface CloseOptions {
  /** True: threads without a task under way wait for the next pool of the script that `reuses`, for some seconds. */
  readonly keeps?: boolean;
}

/** What a task brings along. */
export interface TaskOptions {
  /** Buffers that move instead of being copied. SharedArrayBuffers are shared in any case. */
  readonly transfer?: readonly Transferable[];
  /** The thread to run on, in [0, threads); the least busy living one when absent. */
  readonly thread?: number;
  /** Called for each `note` of the running task, in order. What it throws rejects the task. */
  readonly onNote?: (note: unknown) => void;
  /** True: nobody has to wait for the task: neither the end of the process, nor a pool that keeps its idle threads. */
  readonly isIdle?: boolean;
}

/** Worker threads that run tasks, each thread one after another. */
export interface WorkerPool {
  readonly threads: number;
  /**
   * Sends a task to a thread at once and gives its answer. Rejects with the EngineError that the task threw, else E_WORKER: the
   * thread threw, exited, ran out of heap or was terminated. E_ABORTED when the pool's signal fired.
   */
  run<T>(task: unknown, options?: TaskOptions): Promise<T>;
  /**
   * Gives all threads away: terminates them, unless they are kept. Tasks under way reject with E_WORKER. May be called again,
   * and after any failure.
   */
  close(how?: CloseOptions): Promise<void>;
}

/** What a running task can do beside giving its answer. */
export interface TaskContext {
  /** Sends a message to the task's `onNote` on the main thread. */
  readonly note: (note: unknown) => void;
}

/** A task's answer and the buffers that move with it. */
export interface TaskResult {
  readonly value: unknown;
  readonly transfer?: readonly Transferable[];
}

/** Threads that run side by side on this machine. */
export function availableThreads(): number {
  return availableParallelism();
}

/**
 * The URL of a worker's module beside the calling one: `workerScript(import.meta.url, "load.worker")` is load.worker.ts
 * among the sources, load.worker.js in dist.
 */
export function workerScript(importMetaUrl: string, name: string): URL {
  const extension = new URL(importMetaUrl).pathname.endsWith(".ts") ? "ts" : "js";
  return new URL(`./${name}.${extension}`, importMetaUrl);
}

/** Starts the threads and returns at once. Throws E_WORKER when the system gives none. */
export function startPool(options: PoolOptions): WorkerPool {
  return new ThreadPool(options);
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: EngineError) => void;
  readonly onNote: ((note: unknown) => void) | undefined;
  readonly isIdle: boolean;
}

/** Between the threads. `id` numbers a pool's tasks. */
interface TaskMessage {
  readonly id: number;
  readonly task: unknown;
}
type Answer =
  | { readonly kind: "value"; readonly id: number; readonly value: unknown }
  | { readonly kind: "note"; readonly id: number; readonly note: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: PlainError };

/** An EngineError in a form that can be sent; class instances lose their class on the way. */
interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
  readonly stack: string | undefined;
}

/** Numbers the tasks of all pools: a thread that is kept may still say something about one of an earlier pool. */
let nextTask = 0;

class ThreadPool implements WorkerPool {
  #members: Member[] = [];
  readonly threads: number;
  readonly #script: URL;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => void this.#stop(abortError(this.#signal));
  /** Why there are no threads any more. */
  #closed: EngineError | undefined;

  constructor({ script, threads, resourceLimits, workerData: input, signal, reuses = false }: PoolOptions) {
    this.threads = Math.max(1, threads);
    this.#script = script;
    this.#signal = signal;
    const options: WorkerOptions = {
      // Flags such as --input-type are for the main thread's script, and end a worker.
      execArgv: [],
      workerData: input,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    };
    try {
      if (reuses) this.#members.push(...takeKept(script, this.threads));
      while (this.#members.length < this.threads) this.#members.push(new Member(startWorker(script, options)));
    } catch (cause) {
      void this.#stop(new EngineError("E_WORKER", "the pool did not start"));
      throw new EngineError("E_WORKER", `a worker did not start: ${messageOf(cause)}`, { cause });
    }
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  run<T>(task: unknown, { transfer = [], thread, onNote, isIdle = false }: TaskOptions = {}): Promise<T> {
    const id = nextTask++;
    return new Promise<T>((resolve, reject) => {
      if (this.#closed !== undefined) throw this.#closed;
      const member = thread === undefined ? this.#leastBusy() : this.#members[thread];
      if (member === undefined) throw new EngineError("E_WORKER", `there is no worker ${thread}`);
      const pending = { resolve: resolve as (value: unknown) => void, reject, onNote, isIdle };
      member.post({ message: { id, task }, transfer }, pending);
    });
  }

  async close({ keeps = false }: CloseOptions = {}): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    const reason = new EngineError("E_WORKER", "the worker pool is closed");
    this.#closed ??= reason;
    if (keeps) this.#members = keepIdle(this.#script, this.#members);
    await this.#stop(reason);
  }

  #leastBusy(): Member | undefined {
    let best = this.#members[0];
    for (const member of this.#members) {
      if (best === undefined || member.load < best.load) best = member;
    }
    return best;
  }

  async #stop(reason: EngineError): Promise<void> {
    await Promise.all(this.#members.map((member) => member.terminate(reason)));
  }
}

/** Threads between two pools, and when they end. */
interface KeptThreads {
  readonly members: Member[];
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Threads that wait for pools of a script, at most. */
const MOST_KEPT = 8;
/** By script. */
const keptThreads = new Map<string, KeptThreads>();

/** Up to `most` threads of a script that are kept and alive. */
function takeKept({ href }: URL, most: number): Member[] {
  const living = (keptThreads.get(href)?.members ?? []).filter(({ isIdle }) => isIdle);
  const taken = living.splice(0, most);
  setKept(href, living);
  return taken;
}

/** Keeps the members that have nothing to do; gives those that are not kept. */
function keepIdle({ href }: URL, members: readonly Member[]): Member[] {
  const kept = (keptThreads.get(href)?.members ?? []).filter(({ isIdle }) => isIdle);
  const idle = members.filter(({ isIdle }) => isIdle).slice(0, MOST_KEPT - kept.length);
  setKept(href, [...kept, ...idle]);
  return members.filter((member) => !idle.includes(member));
}

function setKept(href: string, members: Member[]): void {
  clearTimeout(keptThreads.get(href)?.timer);
  keptThreads.delete(href);
  if (members.length === 0) return;
  const timer = setTimeout(() => endKept(href), IDLE_MS).unref();
  keptThreads.set(href, { members, timer });
}

function endKept(href: string): void {
  const members = keptThreads.get(href)?.members ?? [];
  setKept(href, []);
  for (const member of members) void member.terminate(new EngineError("E_WORKER", "the worker was not needed"));
}

/** One thread and the tasks that it has not answered. */
class Member {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  /** Tasks under way that somebody waits for. */
  #busy = 0;
  /** Why the thread takes no more tasks. */
  #dead: EngineError | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    // A thread without tasks must not keep the process alive; post() and settle() hold and release it.
    worker.unref();
    worker.on("message", (answer: Answer) => this.#receive(answer));
    worker.on("messageerror", (cause) => this.#die(workerError("sent an answer that cannot be read", cause)));
    worker.on("error", (cause) => this.#die(workerError(messageOf(cause), cause)));
    worker.on("exit", (code) => this.#die(workerError(`exited with code ${code} before its work was done`)));
  }

  /** Tasks under way; a dead thread counts as busiest. */
  get load(): number {
    return this.#dead === undefined ? this.#pending.size : Number.POSITIVE_INFINITY;
  }

  get isIdle(): boolean {
    return this.#dead === undefined && this.#busy === 0;
  }

  /** Sends a task. Throws, when the thread is dead, why; and what the structured clone throws. */
  post({ message, transfer }: { message: TaskMessage; transfer: readonly Transferable[] }, pending: Pending): void {
    if (this.#dead !== undefined) throw this.#dead;
    this.#worker.postMessage(message, [...transfer]);
    this.#pending.set(message.id, pending);
    if (pending.isIdle) return;
    this.#busy += 1;
    this.#worker.ref();
  }

  async terminate(reason: EngineError): Promise<void> {
    this.#die(reason);
    await this.#worker.terminate();
  }

  #receive(answer: Answer): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    switch (answer.kind) {
      case "note":
        try {
          pending.onNote?.(answer.note);
        } catch (error) {
          this.#settle(answer.id)?.reject(error instanceof EngineError ? error : workerError(messageOf(error), error));
        }
        return;
      case "value":
        this.#settle(answer.id)?.resolve(answer.value);
        return;
      case "error":
        this.#settle(answer.id)?.reject(revived(answer.error));
        return;
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (pending?.isIdle === false) this.#busy -= 1;
    if (this.#busy === 0) this.#worker.unref();
    return pending;
  }

  /** Rejects everything under way; the first reason stays. */
  #die(reason: EngineError): void {
    this.#dead ??= reason;
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(this.#dead);
  }
}

/**
 * Worker side: answers the tasks of this thread with `handle`, one after another. An EngineError that it throws goes to the
 * caller as such; any other error kills the thread, and the caller gets E_WORKER.
 */
export function serveTasks(handle: (task: unknown, context: TaskContext) => TaskResult | Promise<TaskResult>): void {
  const port = parentPort;
  if (port === null) throw new EngineError("E_INTERNAL", "serveTasks is for worker threads");
  let last: Promise<void> = Promise.resolve();
  const answer = async ({ id, task }: TaskMessage): Promise<void> => {
    const note = (value: unknown): void => port.postMessage({ kind: "note", id, note: value } satisfies Answer);
    try {
      const { value, transfer = [] } = await handle(task, { note });
      port.postMessage({ kind: "value", id, value } satisfies Answer, [...transfer]);
    } catch (error) {
      // A DOMException (an answer that cannot be cloned) would arrive as a nameless object.
      if (error instanceof DOMException) throw new Error(error.message);
      if (!(error instanceof EngineError)) throw error;
      port.postMessage({ kind: "error", id, error: plain(error) } satisfies Answer);
    }
  };
  port.on("message", (message: TaskMessage) => {
    last = last.then(() => answer(message));
  });
}

/** Worker side: the pool's `workerData`. */
export function workerInput(): unknown {
  return workerData;
}

/** This thread's number: 0 on the main thread. */
export function currentThread(): number {
  return threadId;
}

/**
 * Starts a thread on `script`. Node 20 reads no TypeScript and takes no loader for a thread alone (`execArgv` with --import has
 * no effect there), so a worker among the sources registers the development loader, found from the script, before it imports it.
 */
function startWorker(script: URL, options: WorkerOptions): Worker {
  if (!script.pathname.endsWith(".ts")) return new Worker(script, options);
  const loader = new URL("./esm/api/index.mjs", pathToFileURL(createRequire(fileURLToPath(script)).resolve("tsx")));
  const [from, target] = [JSON.stringify(loader.href), JSON.stringify(script.href)];
  const boot = `import(${from}).then(({ register }) => register()).then(() => import(${target}))`;
  return new Worker(boot, { ...options, eval: true });
}

function workerError(what: string, cause?: unknown): EngineError {
  return new EngineError("E_WORKER", `a worker failed: ${what}`, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}

function plain({ code, message, stage, source, hint, at, stack }: EngineError): PlainError {
  const details: ErrorDetails = {
    stage,
    ...(source === undefined ? {} : { source }),
    ...(hint === undefined ? {} : { hint }),
    ...(at === undefined ? {} : { at }),
  };
  return { code, message, details, stack };
}

function revived({ code, message, details, stack }: PlainError): EngineError {
  const error = new EngineError(code, message, details);
  if (stack !== undefined) error.stack = stack;
  return error;
}
