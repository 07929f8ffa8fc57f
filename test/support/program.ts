// Where the built program stands for tests that start processes, and the tests' own workers for those that start many threads:
// a start takes a fifth of what it takes from the sources.
// Made by build-program.ts before the tests; among the dependencies, so that they are found and nobody looks at it.

import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The folder of a package as it is published: package.json and dist/. */
export const PROGRAM_FOLDER = fileURLToPath(new URL("../../node_modules/.tracemill/", import.meta.url));

/** What `node` is to run. */
export const PROGRAM = join(PROGRAM_FOLDER, "dist", "cli", "main.js");

/** Where the built workers stand: apart from the program, whose pieces would be cut otherwise with them. */
export const WORKERS_FOLDER = fileURLToPath(new URL("../../node_modules/.tracemill-workers/", import.meta.url));

/** The tests' own workers, modules of this folder. */
export const TEST_WORKERS = ["dying-load.worker", "pool-tasks.worker"] as const;

/** The built module of one of the tests' own workers, or of the program's. */
export function builtWorker(name: (typeof TEST_WORKERS)[number] | "load.worker"): URL {
  return pathToFileURL(join(WORKERS_FOLDER, `${name}.js`));
}
