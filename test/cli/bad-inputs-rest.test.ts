// The bad-input rows that need more than a run in this process: another user, or hundreds of megabytes (`npm run verify`).
// And rows without a command line of their own. The account of all rows is in test/conformance/.

import { spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants, rmSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { HEAVY_ROWS, UNREADABLE_ROWS } from "../support/bad-input-rows.ts";
import { type BadInput, hasTool, makeInputs, readBadInputs, scratchFolder, shellWords } from "../support/bad-inputs.ts";
import { run } from "../support/cli-io.ts";
import { PROGRAM } from "../support/program.ts";
import { runs } from "../support/runs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NOBODY = 65_534;

const all = readBadInputs();
const rowOf = (id: string): BadInput => {
  const row = all.find((one) => one.id === id);
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
};
const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectSaid(row: BadInput, found: { exit: number | null; stdout: string; stderr: string }): void {
  expect([found.exit, found.stderr]).toEqual([row.exit, expect.stringMatching(new RegExp(row.stderr ?? ""))]);
  if (row.code !== undefined) expect(found.stderr).toContain(`tracemill: ${row.code}: `);
  expect(found.stdout).toMatch(new RegExp(row.stdout ?? ""));
}

describe("settings of the environment", () => {
  it("C044: the environment of a terminal changes no line without one", async () => {
    const [path] = makeInputs([rowOf("C003")], folder).values();
    const command = ["metrics", path ?? "", "-m", "trace_count", "-a", "COUNT", "-d", "trace_status"];
    const plain = await run(command);
    const settings = [
      { NO_COLOR: "1" },
      { TERM: "dumb" },
      { LANG: "C" },
      { COLUMNS: "0" },
      { COLUMNS: "-5" },
      { COLUMNS: "1000000000" },
    ];
    for (const env of settings) {
      const found = await run(command, { env });
      expect({ env, ...found }).toEqual({ env, ...plain });
      expect(found.stdout).not.toContain("\u001b");
    }
  });
});

describe.skipIf(!hasTool("python3") || runs(1) === 1)("large bad inputs (skipped: npm run verify runs them)", () => {
  it.each(HEAVY_ROWS)("$id", { timeout: 600_000 }, async (row) => {
    const { id } = row;
    const path = makeInputs([row], folder).get(id) ?? "";
    try {
      expectSaid(row, await run(shellWords(row.args ?? "").map((word) => word.replace(/^FILE/, path))));
    } finally {
      rmSync(path, { force: true });
    }
  });
});

/** Root reads every file: such rows run as another user, who must be able to read the checkout. */
const othersMayRead = (() => {
  try {
    accessSync(ROOT, constants.R_OK);
    return ROOT.split("/").every(
      (_, i, parts) => (statSync(parts.slice(0, i + 1).join("/") || "/").mode & 0o5) === 0o5,
    );
  } catch {
    return false;
  }
})();

describe.skipIf(process.getuid?.() === 0 && !othersMayRead)(
  "unreadable files (skipped: no other user may run this checkout)",
  () => {
    it.each(UNREADABLE_ROWS)("$id", (row) => {
      const { id } = row;
      const path = makeInputs([row], folder).get(id) ?? "";
      chmodSync(folder, 0o755);
      const argv = shellWords(row.args ?? "").map((word) => word.replace(/FILE/, path));
      const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
      const found = spawnSync(process.execPath, [PROGRAM, ...argv], {
        cwd: ROOT,
        encoding: "utf8",
        env: { PATH: process.env["PATH"] ?? "", TMPDIR: "/var/tmp" },
        ...asNobody,
      });
      expectSaid(row, { exit: found.status, stdout: found.stdout, stderr: found.stderr });
    });
  },
);
