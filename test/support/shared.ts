// Finds the project's shared material (specs, real exports, public test suites), which stands beside a checkout when present.
// Tests that need it skip, and say so, when it is absent.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SHARED = fileURLToPath(new URL("../../../shared/", import.meta.url));

/** Absolute path of a file or folder of the shared material, or undefined when it is not there. */
export function sharedPath(relative: string): string | undefined {
  const path = SHARED + relative;
  return existsSync(path) ? path : undefined;
}
