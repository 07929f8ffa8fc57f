// The program as it is built: the files stand where they look for each other, the workers too.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { fixturePath } from "../support/fixtures.ts";
import { PROGRAM, PROGRAM_FOLDER } from "../support/program.ts";
import { runs } from "../support/runs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FILE = fixturePath("mlflow-v3/support-agents.jsonl");
/** More than a load needs to take threads. */
const LARGE = "110MB";
const folder = mkdtempSync(join(tmpdir(), "tracemill-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("the program answers, and tells its version", () => {
  const manifest: { readonly version: string } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(run("--version").stdout.trim()).toBe(manifest.version);
  const { status, stdout, stderr } = run("metrics", FILE, "-m", "latency", "-a", "P95", "-d", "trace_name");
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringContaining("read 140, loaded 140, rejected 0"),
  });
  expect(stdout).toContain("order-lookup");
});

test("every worker stands beside the piece that starts it", () => {
  const dist = join(PROGRAM_FOLDER, "dist");
  const pieces = readdirSync(dist).filter((name) => name.endsWith(".js"));
  for (const worker of ["load.worker", "aggregate.worker"]) {
    expect(existsSync(join(dist, `${worker}.js`))).toBe(true);
    const starts = pieces.filter((name) =>
      new RegExp(`(?:import\\.meta\\.url|__filename\\)\\.href), *["\`]${worker}["\`]`).test(
        readFileSync(join(dist, name), "utf8"),
      ),
    );
    // In the library, and in the command.
    expect(starts).toHaveLength(2);
  }
  expect(pieces.length).toBeLessThan(20);
});

test("the command imports nothing by itself while it runs, as scripts cannot", () => {
  const command = readFileSync(join(PROGRAM_FOLDER, "dist", "command.js"), "utf8");
  expect(command).not.toMatch(/\bimport\([`'"][\w-]+[`'"]\)/);
  for (const name of ["fzstd", "apache-arrow"]) expect(command).toContain(`importModule(\`${name}\`)`);
});

test("pieces have one byte a character", () => {
  const dist = join(PROGRAM_FOLDER, "dist");
  const pieces = readdirSync(dist).filter((name) => name.endsWith(".js"));
  const wide = [PROGRAM, ...pieces.map((name) => join(dist, name))].filter(
    (path) => !/^[\0-\x7f]*$/.test(readFileSync(path, "utf8")),
  );
  expect(wide).toEqual([]);
});

test.runIf(runs(1) > 1)("threads load and compute", () => {
  const export_ = join(folder, "large.jsonl");
  expect(run("generate", "--size", LARGE, "-O", export_).status).toBe(0);
  const [one, two] = ["1", "2"].map((threads) =>
    run("metrics", export_, "-m", "total_tokens", "-a", "AVG", "-d", "trace_name", "--threads", threads),
  );
  expect(two).toEqual(one);
  expect(one?.status).toBe(0);
});
