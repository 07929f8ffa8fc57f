// Keeps the objects of the last load of a thread for a while, empty. The runtime's compiled code is made for shapes of objects;
// when garbage is collected while there is no object of a shape, the shape goes, and all code made for it. A process
// that loads every few seconds would then compile the loader again for each load.
// Called by the loaders when they are done. What must stay true: what is kept holds no tables; nobody uses it.

import { IDLE_MS } from "./limits.ts";

let kept: readonly unknown[] = [];
let forgetting: ReturnType<typeof setTimeout> | undefined;

/** Keeps objects, with all that they refer to, in place of those kept before; as long as idle threads are kept. */
export function keepShapes(objects: readonly unknown[]): void {
  kept = objects;
  clearTimeout(forgetting);
  forgetting = setTimeout(() => {
    kept = [];
  }, IDLE_MS).unref();
}

/** What is kept. */
export function keptShapes(): readonly unknown[] {
  return kept;
}
