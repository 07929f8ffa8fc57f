// The command as a process: pipes that close, slow pipes, full disks, signals. Few tests, as starting one is slow.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { PROGRAM } from "../support/program.ts";
import { runs } from "../support/runs.ts";
import { tempDir } from "../support/temp-dir.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COMMAND = `"${process.execPath}" "${PROGRAM}"`;

interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line of bash; `$TRACEMILL` is the command. */
function shell(line: string): Promise<Ended> {
  const child = spawn("bash", ["-c", `set -o pipefail; ${line.replaceAll("$TRACEMILL", COMMAND)}`], { cwd: ROOT });
  return ended(child);
}

function ended(child: ReturnType<typeof spawn>): Promise<Ended> {
  const parts = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk) => (parts.stdout += chunk));
  child.stderr?.on("data", (chunk) => (parts.stderr += chunk));
  return new Promise((resolve) => child.on("close", (exit) => resolve({ exit, ...parts })));
}

describe.concurrent("process", () => {
  it("ends silently when its reader does", async () => {
    const { exit, stdout, stderr } = await shell("$TRACEMILL generate --traces 20000 | head -1 | wc -l");
    expect({ exit, stdout: stdout.trim(), stderr }).toEqual({ exit: 0, stdout: "1", stderr: "" });
  });

  it("writes everything through a slow pipe", async () => {
    const { exit, stdout } = await shell("$TRACEMILL generate --traces 500 | (sleep 1; wc -l)");
    expect({ exit, lines: stdout.trim() }).toEqual({ exit: 0, lines: "500" });
  });

  it("tells a full disk in one line", async () => {
    const { exit, stderr } = await shell("$TRACEMILL generate --traces 500 > /dev/full");
    expect({ exit, stderr }).toEqual({
      exit: 1,
      stderr: "tracemill: E_IO: ENOSPC: no space left on device: standard output\n",
    });
  });
});

describe("signals", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends on %s within a second with status %d, the old output whole", async (signal, status) => {
    const directory = join(tempDir(), "out");
    mkdirSync(directory);
    const path = join(directory, "x.jsonl");
    writeFileSync(path, "old");
    const argv = [PROGRAM, "generate", "--size", "20GB", "-O", path];
    const child = spawn(process.execPath, argv, { cwd: ROOT });
    onTestFinished(() => {
      child.kill("SIGKILL");
    });
    const end = ended(child);
    await until(() => readdirSync(directory).length === 2);
    const sentMs = performance.now();
    child.kill(signal);
    expect((await end).exit).toBe(status);
    expect(performance.now() - sentMs).toBeLessThan(1_000);
    expect(readdirSync(directory)).toEqual(["x.jsonl"]);
    expect(readFileSync(path, "utf8")).toBe("old");
  });
});

it("keeps the old file or has the new one whole after SIGKILL at any moment, and clears up on the next run", async () => {
  const path = join(tempDir(), "x.jsonl");
  const argv = [PROGRAM, "generate", "--traces", "400", "-O", path];
  await ended(spawn(process.execPath, argv, { cwd: ROOT }));
  const whole = readFileSync(path, "utf8");
  writeFileSync(path, "old");
  for (let round = 0; round < runs(2); round++) {
    const child = spawn(process.execPath, argv, { cwd: ROOT });
    const end = ended(child);
    await until(() => readdirSync(dirname(path)).length > 1 || child.exitCode !== null);
    await new Promise((resolve) => setTimeout(resolve, round * 10));
    child.kill("SIGKILL");
    await end;
    expect(["old", whole]).toContain(readFileSync(path, "utf8"));
  }
  await ended(spawn(process.execPath, argv, { cwd: ROOT }));
  expect(readdirSync(dirname(path))).toEqual(["x.jsonl"]);
});

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition() && tries < 6_000; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
}
