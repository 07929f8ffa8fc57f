// The pool: answers in any order, notes in order, typed errors with their place, every kind of death an E_WORKER in time,
// abort and close at any moment, no thread left.

import { afterEach, describe, expect, it, vi } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { type PoolOptions, startPool, type WorkerPool, workerScript } from "../../src/base/worker-pool.ts";
import type { PoolTask } from "../support/pool-tasks.worker.ts";
import { builtWorker } from "../support/program.ts";

const SCRIPT = builtWorker("pool-tasks.worker");
/** The same from its source, which the pool starts by another way. */
const SOURCE = new URL("../support/pool-tasks.worker.ts", import.meta.url);

let open: WorkerPool[] = [];
function pool(options: Partial<PoolOptions> = {}): WorkerPool {
  const started = startPool({ script: SCRIPT, threads: 1, ...options });
  open.push(started);
  return started;
}

async function failure(work: Promise<unknown>): Promise<EngineError> {
  const error = await work.then(
    (value) => expect.unreachable(`settled with ${String(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineError);
  return error as EngineError;
}

const echo = (value: unknown): PoolTask => ({ kind: "echo", value });

/** A task that never ends, once it runs. */
async function spinning(workers: WorkerPool): Promise<{ readonly spin: Promise<unknown> }> {
  const flag = new SharedArrayBuffer(4);
  const spin = workers.run({ kind: "spin", flag } satisfies PoolTask);
  spin.catch(() => {});
  const view = new Int32Array(flag);
  const isUnderWay = () => Promise.race([spin, Promise.resolve(true)]);
  while (Atomics.load(view, 0) === 0 && (await isUnderWay())) await new Promise((resolve) => setTimeout(resolve, 5));
  return { spin };
}

afterEach(async () => {
  await Promise.all(open.map((workers) => workers.close()));
  open = [];
});

describe("workerScript", () => {
  it("keeps the caller's kind of file", () => {
    expect(workerScript("file:///a/src/ingest/load.ts", "load.worker").href).toBe(
      "file:///a/src/ingest/load.worker.ts",
    );
    expect(workerScript("file:///a/dist/ingest/load.js", "load.worker").href).toBe(
      "file:///a/dist/ingest/load.worker.js",
    );
  });
});

describe("run", () => {
  it("gives each task's answer, on two threads", async () => {
    const workers = pool({ script: SOURCE, threads: 2 });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => workers.run(echo(i))));
    expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it("shares shared memory and hands the pool's data over", async () => {
    const shared = new SharedArrayBuffer(8);
    const workers = pool({ workerData: { shared } });
    const input = await workers.run<{ shared: SharedArrayBuffer }>({ kind: "input" } satisfies PoolTask);
    new Uint8Array(shared)[3] = 9;
    expect(new Uint8Array(input.shared)[3]).toBe(9);
  });

  it("delivers notes in order, before the answer", async () => {
    const notes: unknown[] = [];
    const task: PoolTask = { kind: "notes", count: 5 };
    expect(await pool().run(task, { onNote: (note) => notes.push(note) })).toBe(5);
    expect(notes).toEqual([0, 1, 2, 3, 4]);
  });

  it("brings an EngineError across whole, and the thread lives on", async () => {
    const workers = pool();
    const error = await failure(workers.run({ kind: "typed-error" } satisfies PoolTask));
    expect(error).toMatchObject({
      code: "E_JSON_SYNTAX",
      message: "expected ','",
      stage: "read",
      hint: "h",
      at: { file: "a.jsonl", line: 3, byte: 17 },
    });
    expect(await workers.run(echo(1))).toBe(1);
  });
});

describe("a death is an error", () => {
  const deaths: readonly [PoolTask, RegExp][] = [
    [{ kind: "throw" }, /thrown by the task/],
    [{ kind: "throw-later" }, /thrown outside of the task/],
    [{ kind: "reject" }, /rejected by the task/],
    [{ kind: "exit", code: 0 }, /exited with code 0/],
    [{ kind: "exit", code: 7 }, /exited with code 7/],
    [{ kind: "unsendable" }, /could not be cloned/],
    [{ kind: "heap" }, /memory/i],
  ];

  it.each(deaths)("%o", async (task, message) => {
    const workers = pool({ resourceLimits: { maxOldGenerationSizeMb: 24 } });
    const [dying, queued] = [workers.run(task), workers.run(echo(1))];
    const [error, next] = await Promise.all([failure(dying), failure(queued)]);
    expect(next.code).toBe("E_WORKER");
    expect(error.code).toBe("E_WORKER");
    expect(error.message).toMatch(message);
    expect((await failure(workers.run(echo(1)))).code).toBe("E_WORKER");
  });

  it("leaves the other threads at work", async () => {
    const workers = pool({ threads: 2 });
    expect((await failure(workers.run({ kind: "throw" } satisfies PoolTask))).code).toBe("E_WORKER");
    expect(await workers.run(echo(2))).toBe(2);
  });

  it("a script that is not there rejects its tasks", async () => {
    const workers = pool({ script: new URL("./nowhere.ts", SOURCE) });
    expect((await failure(workers.run(echo(1)))).code).toBe("E_WORKER");
  });
});

describe("close and abort", () => {
  it("close ends a busy thread; its task rejects", async () => {
    const workers = pool();
    const { spin } = await spinning(workers);
    await workers.close();
    expect((await failure(spin)).code).toBe("E_WORKER");
    await workers.close();
    expect((await failure(workers.run(echo(1)))).message).toBe("the worker pool is closed");
  });

  it("a signal ends a busy thread; its task rejects with AbortError", async () => {
    const abort = new AbortController();
    const workers = pool({ signal: abort.signal });
    const { spin } = await spinning(workers);
    abort.abort();
    const error = await failure(spin);
    expect([error.code, error.name]).toEqual(["E_ABORTED", "AbortError"]);
    expect((await failure(workers.run(echo(1)))).code).toBe("E_ABORTED");
  });

  it("a signal that fired before starts nothing", async () => {
    const workers = pool({ signal: AbortSignal.abort() });
    expect((await failure(workers.run(echo(1)))).code).toBe("E_ABORTED");
  });
});

describe("threads that are kept", () => {
  const thread: PoolTask = { kind: "thread" };
  const numbers = (workers: WorkerPool) =>
    Promise.all(Array.from({ length: workers.threads }, (_, i) => workers.run<number>(thread, { thread: i })));
  const reusing = (threads = 1) => pool({ threads, reuses: true });

  it("go to the next pool that reuses, and to no other", async () => {
    const first = reusing(2);
    const given = await numbers(first);
    await first.close({ keeps: true });
    expect((await failure(first.run(thread))).message).toBe("the worker pool is closed");
    const [other, next] = [pool(), reusing(3)];
    expect(given).not.toContain((await numbers(other))[0]);
    const found = await numbers(next);
    expect(found.slice(0, 2).sort()).toEqual(given.sort());
    expect(given).not.toContain(found[2]);
  });

  it("that die while they wait are replaced", async () => {
    const first = reusing();
    const given = await first.run({ kind: "exit-later" } satisfies PoolTask);
    await first.close({ keeps: true });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await numbers(reusing())).not.toContain(given);
  });

  it("are idle: one at work is ended", async () => {
    const first = reusing();
    const { spin } = await spinning(first);
    await first.close({ keeps: true });
    expect((await failure(spin)).code).toBe("E_WORKER");
    expect(await reusing().run(echo(1))).toBe(1);
  });

  it("may have a task under way that nobody waits for", async () => {
    const first = reusing();
    const late = first.run<number>({ kind: "thread" } satisfies PoolTask, { isIdle: true });
    await first.close({ keeps: true });
    expect(await numbers(reusing())).toEqual([await late]);
  });

  it("end after some seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const first = reusing();
      const given = await numbers(first);
      await first.close({ keeps: true });
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await numbers(reusing())).not.toEqual(given);
    } finally {
      vi.useRealTimers();
    }
  });
});
