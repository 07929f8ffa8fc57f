// Joins the modules of src/ to a few files of JavaScript: hundreds of small files cost a start more than the work that it is
// made for. Called by build.mjs, by tests and by benches, which join programs of their own to it.
// What must stay true: the library, the workers, the pieces that they share and the command's script stand side by side, because
// a worker's file is looked for beside what starts it; the file that starts the command stands one folder below, as in src/;
// dependencies stay outside.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { compileWasm, WASM_MODULES } from "./build-wasm.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const ENTRIES = {
  index: "src/index.ts",
  "load.worker": "src/ingest/load.worker.ts",
  "aggregate.worker": "src/exec/aggregate.worker.ts",
};
/** A short export, which the command is run on while its code cache is made. */
const SAMPLE = "fixtures/mlflow-v3/support-agents.jsonl";
/** Less to read at every start. Functions and classes keep their names, for stacks. */
const MINIFIED = { compress: true, mangle: { toplevel: false }, codegen: { removeWhitespace: true } };

/**
 * Writes the files into the folder `dir`. `more`: modules that become files beside those, by name. `profiled`: every module stays
 * a file, and WebAssembly keeps the names of its functions, so that a profile tells where time goes. `hasCommand`: false for
 * the library and its workers alone, as always where `profiled`.
 */
export async function bundle(dir, { more = {}, profiled = false, hasCommand = !profiled } = {}) {
  const build = await join({ ...ENTRIES, ...more }, profiled ? namedWasm() : asciiOnly());
  await build.write({
    dir,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    comments: false,
    preserveModules: profiled,
    minify: profiled ? false : MINIFIED,
  });
  await build.close();
  if (hasCommand) await bundleCommand(resolve(root, dir));
}

/**
 * The command: one script, which `cli/main.js` runs with the code cache that this Node makes of it here. Node 20 takes a code
 * cache for scripts alone, not for ES modules; a folder's package.json says which of them its files are.
 */
async function bundleCommand(dir) {
  const script = `${dir}/command.js`;
  // What a script imports while it runs is imported for it.
  const code = (await joined("src/cli/command.ts")).replace(/\bimport\((`[^`$]*`)\)/g, "importModule($1)");
  if (/\bimport\(["'`]/.test(code)) throw new Error("the command's script has an import() in another spelling");
  writeFileSync(script, `(function(exports,require,__filename,importModule){"use strict";${code}\n})`);
  mkdirSync(`${dir}/cli`, { recursive: true });
  writeFileSync(`${dir}/cli/main.js`, await joined("src/cli/launch.ts"), { mode: 0o755 });
  writeFileSync(`${dir}/cli/package.json`, '{ "type": "commonjs" }\n');
  const input = await joined("scripts/record-code-cache.ts");
  const { status, stderr } = spawnSync(process.execPath, ["-", script, root + SAMPLE], { cwd: root, input });
  if (status !== 0) console.warn(`The command has no code cache, and starts slower: ${stderr}`);
}

/** A module and what it imports as the text of one CommonJS module. */
async function joined(input) {
  const build = await join(input, asciiOnly());
  const { output } = await build.generate({ format: "cjs", codeSplitting: false, comments: false, minify: MINIFIED });
  await build.close();
  return output[0].code;
}

function join(input, plugin) {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  const names = Object.keys({ ...dependencies, ...devDependencies });
  return rolldown({
    cwd: root,
    input,
    platform: "node",
    plugins: [plugin],
    // The compiler takes its time.
    checks: { pluginTimings: false },
    external: (id) => id.startsWith("node:") || names.some((name) => id === name || id.startsWith(`${name}/`)),
  });
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
