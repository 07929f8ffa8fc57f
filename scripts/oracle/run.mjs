// `npm run oracle:mlflow`: records a real MLflow's answers into fixtures/oracle/, for the tests to replay without Python.
// Makes a virtual environment with the pinned MLflow under .venv/ (once), runs record.py in it against a fresh SQLite store.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MLFLOW = "3.17.2";
const root = fileURLToPath(new URL("../..", import.meta.url));
const venv = join(root, ".venv");
const python = join(venv, "bin", "python");

function run(command, args) {
  const done = spawnSync(command, args, { cwd: join(root, "scripts", "oracle"), stdio: "inherit" });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

if (!existsSync(python)) {
  run("python3", ["-m", "venv", venv]);
  run(python, ["-m", "pip", "install", "--quiet", `mlflow==${MLFLOW}`]);
}
const work = mkdtempSync(join(tmpdir(), "tracemill-oracle-"));
try {
  run(python, ["record.py", join(root, "fixtures", "oracle"), work]);
} finally {
  rmSync(work, { recursive: true, force: true });
}
