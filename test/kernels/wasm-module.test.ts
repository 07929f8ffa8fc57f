// What is committed of the WebAssembly kernels is what their sources compile to.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compileWasm, hasCompiler, WASM_MODULES } from "../../scripts/build-wasm.mjs";

for (const module of WASM_MODULES) {
  test.runIf(hasCompiler())(`${module.folder} is compiled from its sources`, { timeout: 60_000 }, async () => {
    const path = fileURLToPath(new URL(`../../${module.folder}/module.ts`, import.meta.url));
    expect(readFileSync(path, "utf8")).toBe(await compileWasm(module));
  });
}
