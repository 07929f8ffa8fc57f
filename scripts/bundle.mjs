// Joins the modules of src/ to a few files of JavaScript: hundreds of small files cost a start more than the work that it is
// made for. Called by build.mjs, by tests and by benches, which join programs of their own to it.
// What must stay true: the library, the workers and the pieces that they share stand side by side, because a worker's file
// is looked for beside the piece that starts it; the command stands one folder below, as in src/; dependencies stay outside.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { compileWasm, WASM_MODULES } from "./build-wasm.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const ENTRIES = {
  index: "src/index.ts",
  "cli/main": "src/cli/main.ts",
  "load.worker": "src/ingest/load.worker.ts",
  "aggregate.worker": "src/exec/aggregate.worker.ts",
};

/**
 * Writes the files into the folder `dir`. `more`: modules that become files beside those, by name. `profiled`: every module stays
 * a file, and WebAssembly keeps the names of its functions, so that a profile tells where time goes.
 */
export async function bundle(dir, { more = {}, profiled = false } = {}) {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  const names = Object.keys({ ...dependencies, ...devDependencies });
  const build = await rolldown({
    cwd: root,
    input: { ...ENTRIES, ...more },
    platform: "node",
    plugins: profiled ? [namedWasm()] : [],
    // The compiler takes its time.
    checks: { pluginTimings: false },
    external: (id) => id.startsWith("node:") || names.some((name) => id === name || id.startsWith(`${name}/`)),
  });
  await build.write({
    dir,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    comments: false,
    preserveModules: profiled,
  });
  await build.close();
}

/** Compiles WebAssembly again where a module of it is read. */
function namedWasm() {
  return {
    name: "named-wasm",
    load(id) {
      const module = WASM_MODULES.find(({ folder }) => id === `${root}${folder}/module.ts`);
      return module === undefined ? undefined : compileWasm(module, true);
    },
  };
}
