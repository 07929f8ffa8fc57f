// Builds the program, and the tests' own workers, from the sources at hand, once before all tests. Called by vitest (vitest.config.ts).

import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../scripts/bundle.mjs";
import { PROGRAM_FOLDER, TEST_WORKERS, WORKERS_FOLDER } from "./program.ts";

const MANIFEST = fileURLToPath(new URL("../../package.json", import.meta.url));

/** See the file's header. */
export async function setup(): Promise<void> {
  rmSync(PROGRAM_FOLDER, { recursive: true, force: true });
  mkdirSync(PROGRAM_FOLDER, { recursive: true });
  copyFileSync(MANIFEST, join(PROGRAM_FOLDER, "package.json"));
  await bundle(join(PROGRAM_FOLDER, "dist"));
  rmSync(WORKERS_FOLDER, { recursive: true, force: true });
  await bundle(WORKERS_FOLDER, {
    hasCommand: false,
    more: Object.fromEntries(TEST_WORKERS.map((name) => [name, `test/support/${name}.ts`])),
  });
}
