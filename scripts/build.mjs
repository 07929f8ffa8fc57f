// Builds dist/ from src/: the WebAssembly modules, the declarations, then the JavaScript with the command's code cache.
// Called by `npm run build`, and so by `prepare` after every install from a checkout.
// An install of the published package has no src/ and no compiler: dist/ is already there, and nothing is built.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildWasm, hasCompiler } from "./build-wasm.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const compiler = `${root}node_modules/typescript/bin/tsc`;

if (existsSync(`${root}src`) && existsSync(compiler)) {
  if (hasCompiler()) await buildWasm();
  rmSync(`${root}dist`, { recursive: true, force: true });
  const run = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
  if (run.status !== 0) process.exit(run.status ?? 1);
  const { bundle } = await import("./bundle.mjs");
  await bundle("dist");
}
