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
    plugins: profiled ? [namedWasm()] : [asciiOnly()],
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
    // Less to read at every start. Functions and classes keep their names, for stacks.
    minify: profiled ? false : { compress: true, mangle: { toplevel: false }, codegen: { removeWhitespace: true } },
  });
  await build.close();
}

/** Writes other characters as escapes: a script with one of them takes two bytes a character in memory, and longer to read. */
function asciiOnly() {
  return {
    name: "ascii-only",
    generateBundle(_options, files) {
      for (const file of Object.values(files)) {
        if (file.type === "chunk") file.code = file.code.replace(/[\u0080-\uffff]/g, escaped);
      }
    },
  };
}

function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
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
