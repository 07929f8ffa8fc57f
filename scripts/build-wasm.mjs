// Compiles the AssemblyScript sources to WebAssembly, and writes each module as a module of TypeScript.
// Called by build.mjs where the compiler is installed; a test calls compileWasm() and compares with what is committed.
// What must stay true: the same sources give the same bytes on every machine.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const FLAGS = ["--runtime", "stub", "--enable", "simd", "--enable", "bulk-memory", "-O3", "--noAssert"];

/**
 * Folders that hold a module.as.ts; module.ts beside it is made from it. `reader`: who reads that; `pages`: memory at first;
 * `isGivenMemory`: the reader brings it.
 */
export const WASM_MODULES = [
  { folder: "src/columns/wasm", reader: "columns/block-scan.ts", pages: 11 },
  { folder: "src/json/wasm", reader: "json/simd.ts", pages: 128, isGivenMemory: true },
  { folder: "src/kernels/wasm", reader: "kernels/arena.ts", pages: 0 },
];

function header(reader) {
  return `// Made by scripts/build-wasm.mjs from the AssemblyScript sources beside this file; not written by hand.
// Read by ${reader}. What must stay true: a test compiles the sources again and compares.

/** The WebAssembly module, as base64. */
`;
}

/** Whether the compiler is installed. */
export function hasCompiler() {
  return existsSync(`${root}node_modules/assemblyscript/dist/asc.js`);
}

/** The generated text of a module; `named`: its functions keep their names. Throws with the compiler's messages. */
export async function compileWasm({ folder, reader, pages, isGivenMemory = false }, named = false) {
  const { default: asc } = await import("assemblyscript/asc");
  let bytes = new Uint8Array(0);
  const names = named ? ["--debug"] : [];
  const memory = ["--initialMemory", `${pages}`, ...(isGivenMemory ? ["--importMemory"] : [])];
  const { error, stderr } = await asc.main(
    [`${folder}/module.as.ts`, "--outFile", "module.wasm", "--baseDir", root, ...memory, ...FLAGS, ...names],
    {
      readFile: (name, base) => (existsSync(`${base}/${name}`) ? readFileSync(`${base}/${name}`, "utf8") : null),
      writeFile: (_name, contents) => {
        bytes = contents;
      },
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return `${header(reader)}export const WASM_BASE64 =\n  "${Buffer.from(bytes).toString("base64")}";\n`;
}

/** Writes the modules that have changed. */
export async function buildWasm() {
  for (const module of WASM_MODULES) {
    const target = `${root}${module.folder}/module.ts`;
    const text = await compileWasm(module);
    if (!existsSync(target) || readFileSync(target, "utf8") !== text) writeFileSync(target, text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWasm();
