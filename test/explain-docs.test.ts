// docs/explain.md shows real plans: its commands are run, and everything but the milliseconds is compared.
// `UPDATE_DOCS=1 npx vitest run test/explain-docs.test.ts` writes the plans anew; read the difference before keeping it.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { shellWords } from "./support/bad-inputs.ts";
import { run } from "./support/cli-io.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGE = join(ROOT, "docs", "explain.md");
const text = readFileSync(PAGE, "utf8");
const UPDATE = process.env["UPDATE_DOCS"] !== undefined;
let updated = text;

afterAll(() => {
  if (UPDATE) writeFileSync(PAGE, updated);
});

const examples = [...text.matchAll(/```console\n\$ tracemill (.*)\n([\s\S]*?)```/g)].map(
  ([block, command, output]) => ({
    block,
    command: command ?? "",
    output: output ?? "",
  }),
);

/** Milliseconds are what differs from run to run; so does the width of their column. */
const settled = (plan: string): string =>
  plan
    .replace(/ +\d+\.\d+(?= |$)/gm, " N")
    .replace(/ +ms/g, " ms")
    .trimEnd();

it("has three examples", () => expect(examples.length).toBe(3));

it.each(examples)("tracemill $command", async ({ block, command, output }) => {
  const { exit, stdout } = await run(shellWords(command).map((word) => word.replace(/^(fixtures\/)/, `${ROOT}$1`)));
  expect(exit).toBe(0);
  if (UPDATE)
    updated = updated.replace(block, () => `\`\`\`console\n$ tracemill ${command}\n${stdout.trimEnd()}\n\`\`\``);
  else expect(settled(stdout)).toBe(settled(output));
});

it("names every rule of the optimiser, in order", async () => {
  const { RULES } = await import("../src/optimize/index.ts");
  const named = /The rules, in their order: ([\s\S]*?);/.exec(text)?.[1] ?? "";
  expect([...named.matchAll(/`([\w-]+)`/g)].map(([, name]) => name)).toEqual(RULES.map(({ name }) => name));
});
