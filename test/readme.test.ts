// README's examples are real: its commands are run and their output compared, its program is run too.
// `UPDATE_README=1 npx vitest run test/readme.test.ts` writes the outputs anew; read the difference before keeping it.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";
import { shellWords } from "./support/bad-inputs.ts";
import { run } from "./support/cli-io.ts";
import { PROGRAM_FOLDER } from "./support/program.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const README = join(ROOT, "README.md");
const text = readFileSync(README, "utf8");
const UPDATE = process.env["UPDATE_README"] !== undefined;
let updated = text;

afterAll(() => {
  if (UPDATE) writeFileSync(README, updated);
});

const consoles = [...text.matchAll(/```console\n\$ tracemill (.*)\n([\s\S]*?)```/g)].map(
  ([block, command, output]) => ({
    block,
    command: command ?? "",
    output: output ?? "",
  }),
);

it("has examples", () => expect(consoles.length).toBeGreaterThan(3));

it.each(consoles)("tracemill $command", async ({ block, command, output }) => {
  const { exit, stdout } = await run(shellWords(command).map((word) => word.replace(/^(fixtures\/)/, `${ROOT}$1`)));
  expect(exit).toBe(0);
  if (UPDATE) updated = updated.replace(block, () => `\`\`\`console\n$ tracemill ${command}\n${stdout}\`\`\``);
  else expect(stdout).toBe(output);
});

it("runs the program of the section «In code»", () => {
  const program = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  const folder = mkdtempSync(join(ROOT, "test", "readme-"));
  try {
    const file = join(folder, "example.ts");
    const library = pathToFileURL(join(PROGRAM_FOLDER, "dist", "index.js")).href;
    writeFileSync(
      file,
      program.replace('from "tracemill"', () => `from "${library}"`),
    );
    const printed = execFileSync(process.execPath, ["--import", "tsx", file], { cwd: ROOT, encoding: "utf8" });
    const promised = [...program.matchAll(/^\/\/ (.*)$/gm)].map((match) => match[1]);
    expect(printed.replace(/\s+/g, " ").trim()).toBe(promised.join(" "));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it("names every script that it mentions", () => {
  const scripts = (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> })
    .scripts;
  for (const [, name] of text.matchAll(/npm (?:run )?(start|test|bench|verify|check)\b/g))
    expect(scripts).toHaveProperty(name ?? "");
});
