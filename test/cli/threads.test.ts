// --threads on the command line: the same output for any number, and signals that leave no thread and no process behind.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { trace } from "../ingest/rows.ts";
import { run } from "../support/cli-io.ts";
import { PROGRAM } from "../support/program.ts";
import { runs } from "../support/runs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Few records, so that little is done, and more bytes than a stream may have that one thread reads. */
const RECORDS = Array.from({ length: 36 }, (_, i) =>
  JSON.stringify(
    trace({ id: `t${i % 30}`, info: { request_preview: "p".repeat(2 ** 20), tags: { [`k${i % 5}`]: "v" } } }),
  ),
);
const TEXT = `${RECORDS.join("\n")}\n`;

it("the output does not depend on --threads", async () => {
  const outputs = await Promise.all(
    [1, 2].map((n) => run(["inspect", "-", "-o", "json", "--threads", String(n)], { stdin: TEXT })),
  );
  expect(outputs[0]?.exit).toBe(0);
  expect(outputs[1]).toEqual(outputs[0]);
});

const SIGNALS = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const;

// One is enough of an ordinary run, as starting a process is slow.
it.each(SIGNALS.slice(0, runs(1)))("%s ends a load with threads, with status %d", async (signal, status) => {
  const child = spawn(process.execPath, [PROGRAM, "inspect", "-", "--threads", "2"], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const end = new Promise<number | null>((resolve) => child.on("close", (exit) => resolve(exit)));
  // The pipe is fed until the process is gone; what it has not read then is lost.
  child.stdin.on("error", () => undefined);
  for (let fed = 0; fed < 3; fed++) await new Promise((resolve) => child.stdin.write(TEXT, resolve));
  child.kill(signal);
  const sentMs = performance.now();
  expect(await end).toBe(status);
  // The grace of process-io.ts is half a second; the rest is for a busy machine.
  expect(performance.now() - sentMs).toBeLessThan(5_000);
});
