// Rows C040 and C041 of the bad-input cases: SIGINT and SIGTERM at random moments of a command over a large file.
// The commands that exist are covered, metrics and search; convert comes with its own. By default 20 MB and one moment a command and signal
// in all, in `npm run verify` the row's 1 GB and ten moments a command and signal. Half of them write to `-O FILE`;
// metrics, whose output is a few bytes at the end, holds a file of rejects open all the while.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/synth/random.ts";
import { PROGRAM } from "../support/program.ts";
import { runs, SEED } from "../support/runs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FULL = runs(1) > 1;
const SIZE = FULL ? "1GB" : "20MB";
const MOMENTS = FULL ? 10 : 1;
const STATUS = { SIGINT: 130, SIGTERM: 143 } as const;
/** The row's second, in `npm run verify`; by default only a command that hangs is found, whatever else the machine does. */
const MOST_MS = FULL ? 1_000 : 10_000;
const OLD = "what an earlier run left\n";

const folder = mkdtempSync(join(tmpdir(), "tracemill-test-"));
const input = join(folder, "in.jsonl");
const out = join(folder, "out");

const COMMANDS = {
  metrics: ["-v", "SPANS", "-m", "latency", "-a", "AVG,P95", "-d", "span_name", "-o", "json"],
  search: ["--max-results", "1000000", "-o", "jsonl"],
} as const;

type CommandName = keyof typeof COMMANDS;

/** Starts a command; `toFile` also gives it `-O`. Standard output is read and dropped. */
function start(command: CommandName, toFile: boolean): ChildProcess {
  const policy = ["--on-error", "skip", "--rejects", join(out, "rejects")];
  const argv = [command, input, ...COMMANDS[command], ...policy, ...(toFile ? ["-O", join(out, "answer")] : [])];
  const child = spawn(process.execPath, [PROGRAM, ...argv], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "ignore"],
  });
  child.stdout?.resume();
  return child;
}

interface Ended {
  readonly status: number | null;
  readonly atMs: number;
}

/** The exit status as a shell has it: a process that a signal ended before it could listen has 128 + its number. */
function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) =>
    child.once("exit", (code, signal) => {
      const status = signal === "SIGINT" || signal === "SIGTERM" ? STATUS[signal] : code;
      resolve({ status, atMs: performance.now() });
    }),
  );
}

function putOld(): void {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  for (const name of ["answer", "rejects"]) writeFileSync(join(out, name), OLD);
}

/** How long the command takes, and how much it writes, when nobody disturbs it. */
async function undisturbed(command: CommandName): Promise<{ durationMs: number; readonly answerBytes: number }> {
  putOld();
  const startMs = performance.now();
  const { status, atMs } = await ended(start(command, true));
  expect(status).toBe(0);
  expect(readdirSync(out).sort()).toEqual(["answer", "rejects"]);
  expectRejects();
  return { durationMs: atMs - startMs, answerBytes: statSync(join(out, "answer")).size };
}

/** The old file of rejects, or the whole new one: it is finished when the load is. */
function expectRejects(): void {
  const text = readFileSync(join(out, "rejects"), "utf8");
  if (text !== OLD) expect(text).toMatch(/^(\{.*E_JSON_SYNTAX.*\}\n){2}$/);
}

beforeAll(() => {
  writeFileSync(input, "{bad\n");
  const argv = [PROGRAM, "generate", "--size", SIZE, "-O", `${input}.part`];
  expect(spawnSync(process.execPath, argv, { cwd: ROOT }).status).toBe(0);
  spawnSync("bash", ["-c", 'cat "$0.part" >> "$0"', input]);
  appendFileSync(input, "{bad\n");
  rmSync(`${input}.part`);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Sends a signal some time after the start, or two at once; how the command ended. */
async function disturb(
  child: ChildProcess,
  how: { readonly signal: keyof typeof STATUS; readonly afterMs: number; readonly twice: boolean },
): Promise<{ readonly status: number | null; readonly ranMs: number; readonly endedInMs: number }> {
  const startMs = performance.now();
  const end = ended(child);
  await Promise.race([end, new Promise((resolve) => setTimeout(resolve, how.afterMs))]);
  const sentMs = performance.now();
  for (let sent = 0; sent < (how.twice ? 2 : 1); sent += 1) child.kill(how.signal);
  const { status, atMs } = await end;
  return { status, ranMs: atMs - startMs, endedInMs: atMs - sentMs };
}

const CASES = [
  ["C040: SIGINT", "SIGINT", "metrics"],
  ["C041: SIGTERM", "SIGTERM", "search"],
  ["C040: SIGINT", "SIGINT", "search"],
  ["C041: SIGTERM", "SIGTERM", "metrics"],
] as const;

describe(`signals at random moments over ${SIZE} (seed ${SEED})`, () => {
  const cases = FULL ? CASES : CASES.slice(0, 2);
  it.each(cases)("%s ends a command in time: %s, %s", { timeout: 1_800_000 }, async (_, signal, command) => {
    const random = new Random(SEED, signal === "SIGINT" ? 1 : 2, command.length);
    const whole = await undisturbed(command);
    let interrupted = 0;
    for (let tries = 0; interrupted < MOMENTS && tries < 5 * MOMENTS; tries += 1) {
      putOld();
      const how = { signal, afterMs: random.unit() * whole.durationMs, twice: interrupted % 3 === 2 };
      const { status, ranMs, endedInMs } = await disturb(start(command, interrupted % 2 === 0), how);
      expect(readdirSync(out).sort()).toEqual(["answer", "rejects"]);
      expectRejects();
      if (status === 0) {
        // Over before the signal came: later moments are drawn from the shorter time.
        whole.durationMs = Math.min(whole.durationMs, ranMs);
        continue;
      }
      interrupted += 1;
      expect({ ...how, status }).toEqual({ ...how, status: STATUS[signal] });
      expect({ ...how, lateMs: Math.max(0, endedInMs - MOST_MS) }).toEqual({ ...how, lateMs: 0 });
      // A signal between the renaming and the end finds the new file, whole.
      if (statSync(join(out, "answer")).size !== whole.answerBytes) {
        expect(readFileSync(join(out, "answer"), "utf8")).toBe(OLD);
      }
      if (FULL) console.log(JSON.stringify({ command, ...how, wholeMs: whole.durationMs, status, endedInMs }));
    }
    expect(interrupted).toBe(MOMENTS);
  });
});
