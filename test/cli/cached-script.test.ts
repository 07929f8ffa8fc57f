// Joined scripts and V8's code cache of them: taken where it fits, left where it does not, and never a difference.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { cachePath, type RanScript, runScript } from "../../src/cli/cached-script.ts";
import { fixturePath } from "../support/fixtures.ts";
import { PROGRAM_FOLDER } from "../support/program.ts";
import { runs } from "../support/runs.ts";
import { tempDir } from "../support/temp-dir.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SCRIPT = scriptOf("seven");
const COMMAND = join(PROGRAM_FOLDER, "dist", "command.js");
const ARGS = [
  "metrics",
  fixturePath("mlflow-v3/support-agents.jsonl"),
  "-m",
  "latency",
  "-a",
  "P95",
  "-d",
  "trace_name",
];

function scriptOf(word: string): string {
  return `(function(exports,require,__filename,importModule){"use strict";
    exports.twice = (x) => x + x;
    exports.place = [__filename, require("node:path").sep];
    exports.said = exports.twice("${word}");
    exports.later = () => importModule("node:path");
  })`;
}

/** Writes the script, with or without a cache, to a new folder: V8 remembers what it has compiled, by path and text. */
function written(cache?: Uint8Array, script = SCRIPT): string {
  const path = join(tempDir(), "script.js");
  writeFileSync(path, script);
  if (cache !== undefined) writeFileSync(cachePath(path), cache);
  return path;
}

function said({ exports }: RanScript): unknown {
  return (exports as { readonly said: unknown }).said;
}

describe("a joined script", () => {
  it("runs without a cache, with one, and imports later", async () => {
    const plain = runScript(written());
    const cached = runScript(written(plain.cache()));
    expect([plain.isCached, cached.isCached]).toEqual([false, true]);
    for (const { exports } of [plain, cached]) {
      const { place, later } = exports as { place: unknown; later: () => Promise<{ readonly sep: string }> };
      expect(place).toEqual([expect.stringMatching(/script\.js$/), "/"]);
      expect((await later()).sep).toBe("/");
    }
  });

  it("leaves a cache of another script of the same length", () => {
    const ran = runScript(written(runScript(written()).cache(), scriptOf("eight")));
    expect([ran.isCached, said(ran)]).toEqual([false, "eighteight"]);
  });

  it("leaves a cache that V8 rejects, with a checksum that is right", () => {
    const cache = Buffer.from(runScript(written()).cache());
    const data = cache.subarray(4).fill(0, 0, 8);
    cache.writeUInt32LE(crc32(data, crc32(SCRIPT)));
    const ran = runScript(written(cache));
    expect([ran.isCached, said(ran)]).toEqual([false, "sevenseven"]);
  });

  it("leaves a cache that was cut or changed anywhere", () => {
    const path = written();
    const cache = runScript(path).cache();
    fc.assert(
      fc.property(fc.nat(cache.length - 1), fc.integer({ min: 0, max: 255 }), (at, flips) => {
        const bad = flips === 0 ? cache.slice(0, at) : cache.map((byte, i) => (i === at ? byte ^ flips : byte));
        writeFileSync(cachePath(path), bad);
        const ran = runScript(path);
        expect([ran.isCached, said(ran)]).toEqual([false, "sevenseven"]);
      }),
      { numRuns: runs(100) },
    );
  });
});

describe("the command", () => {
  it("has a cache that V8 takes", () => {
    // In a process without the flags of the tests, which V8 holds against a cache.
    const code = `import("./src/cli/cached-script.ts").then((m) => console.log(m.runScript(process.argv[1]).isCached))`;
    const options = { cwd: ROOT, encoding: "utf8" } as const;
    const { stdout } = spawnSync(process.execPath, ["--import", "tsx", "-e", code, COMMAND], options);
    expect(stdout).toBe("true\n");
  });

  it("answers the same with a cache, with a damaged one, and without", () => {
    const dist = join(PROGRAM_FOLDER, "without-cache");
    onTestFinished(() => rmSync(dist, { recursive: true, force: true }));
    cpSync(join(PROGRAM_FOLDER, "dist"), dist, { recursive: true });
    const cache = cachePath(join(dist, "command.js"));
    const run = () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(dist, "cli", "main.js"), ...ARGS], {
        encoding: "utf8",
      });
      return { status, stdout, stderr };
    };
    const cached = run();
    expect(cached).toMatchObject({ status: 0, stdout: expect.stringContaining("order-lookup") });
    writeFileSync(cache, readFileSync(cache).subarray(0, -1));
    expect(run()).toEqual(cached);
    rmSync(cache);
    expect(run()).toEqual(cached);
    expect(existsSync(cache)).toBe(false);
  });
});
