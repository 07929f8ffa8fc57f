// The worker of the pool's tests: answers, fails and dies on request.
// Started by test/base/worker-pool.test.ts.

import { EngineError } from "../../src/base/errors.ts";
import { currentThread, serveTasks, workerInput } from "../../src/base/worker-pool.ts";

/** What a test can ask of the worker. */
export type PoolTask =
  | { readonly kind: "echo"; readonly value: unknown }
  | { readonly kind: "input" }
  | { readonly kind: "thread" }
  | { readonly kind: "notes"; readonly count: number }
  | { readonly kind: "spin"; readonly flag: SharedArrayBuffer }
  | { readonly kind: "typed-error" }
  | { readonly kind: "throw" }
  | { readonly kind: "throw-later" }
  | { readonly kind: "reject" }
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "exit-later" }
  | { readonly kind: "heap" }
  | { readonly kind: "unsendable" };

function fillHeap(): never {
  const kept: string[][] = [];
  for (let i = 0; ; i++) kept.push(Array.from({ length: 1_000 }, (_, j) => `${i}:${j}`));
}

serveTasks(async (task, { note }) => {
  const asked = task as PoolTask;
  switch (asked.kind) {
    case "echo":
      return { value: asked.value };
    case "input":
      return { value: workerInput() };
    case "thread":
      return { value: currentThread() };
    case "notes":
      for (let i = 0; i < asked.count; i++) note(i);
      return { value: asked.count };
    case "spin": {
      const flag = new Int32Array(asked.flag);
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
      for (;;);
    }
    case "typed-error":
      throw new EngineError("E_JSON_SYNTAX", "expected ','", { at: { file: "a.jsonl", line: 3, byte: 17 }, hint: "h" });
    case "throw":
      throw new TypeError("thrown by the task");
    case "throw-later":
      setImmediate(() => {
        throw new Error("thrown outside of the task");
      });
      return new Promise<never>(() => {});
    case "reject":
      return Promise.reject(new Error("rejected by the task"));
    case "exit":
      process.exit(asked.code);
      break;
    case "exit-later":
      setTimeout(() => process.exit(5), 1);
      return { value: currentThread() };
    case "heap":
      return fillHeap();
    case "unsendable":
      return { value: () => 1 };
  }
});
