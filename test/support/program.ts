// Where the built program stands for tests that start processes: a start takes a fifth of what it takes from the sources.
// Made by build-program.ts before the tests; among the dependencies, so that they are found and nobody looks at it.

import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of a package as it is published: package.json and dist/. */
export const PROGRAM_FOLDER = fileURLToPath(new URL("../../node_modules/.tracemill/", import.meta.url));

/** What `node` is to run. */
export const PROGRAM = join(PROGRAM_FOLDER, "dist", "cli", "main.js");
