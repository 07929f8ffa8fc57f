// Output files: whole or not at all, through every failing file call; links, inputs, devices, leftovers.
import nodeFs, {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkOutput, type FileSystem, OutFile } from "../../src/cli/out-file.ts";
import { tempDir } from "../support/temp-dir.ts";

const CALLS = [
  "openSync",
  "writeSync",
  "fsyncSync",
  "closeSync",
  "renameSync",
  "statSync",
  "readdirSync",
  "unlinkSync",
] as const;

/** node:fs whose `n`-th call fails with `errno`; counts the calls. */
function failingAt(n: number, errno: string): { fs: FileSystem; calls: () => number } {
  let calls = 0;
  const real: FileSystem = { ...nodeFs };
  const wrap = (name: (typeof CALLS)[number]) => {
    const original = nodeFs[name] as (...args: readonly unknown[]) => unknown;
    return (...args: unknown[]) => {
      calls += 1;
      if (calls !== n) return original(...args);
      if (errno === "SHORT" && name === "writeSync") return original(args[0], args[1], args[2], 1);
      if (errno === "SHORT") return original(...args);
      throw Object.assign(new Error(`${errno}: ${name}`), { code: errno, syscall: name });
    };
  };
  return { fs: Object.assign(real, Object.fromEntries(CALLS.map((name) => [name, wrap(name)]))), calls: () => calls };
}

function writeAll(path: string, fs: FileSystem): void {
  const file = new OutFile(path, { fs });
  file.write("first ");
  file.write(Buffer.from("second"));
  file.commit();
}

const leftovers = (directory: string) => readdirSync(directory).filter((name) => name.endsWith(".tmp"));

describe("OutFile", () => {
  it("puts a whole file in the place of the old one, with the permissions of a new file", () => {
    const path = join(tempDir(), "out.txt");
    writeFileSync(path, "old", { mode: 0o600 });
    writeAll(path, nodeFs);
    expect(readFileSync(path, "utf8")).toBe("first second");
    expect(statSync(path).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  it.each(["EIO", "ENOSPC", "EACCES", "EINTR", "SHORT"])(
    "keeps the old file whole when any one call fails with %s",
    (errno) => {
      for (let n = 1; ; n++) {
        const directory = tempDir();
        const path = join(directory, "out.txt");
        writeFileSync(path, "old");
        const { fs, calls } = failingAt(n, errno);
        let failed = false;
        try {
          writeAll(path, fs);
        } catch (error) {
          failed = true;
          expect(error).toMatchObject({
            code: "E_IO",
            message: expect.stringMatching(new RegExp(`^${errno}: .*: ${path}$`)),
          });
        }
        expect(readFileSync(path, "utf8")).toBe(failed ? "old" : "first second");
        expect(leftovers(directory)).toEqual([]);
        if (n > calls()) break;
      }
    },
  );

  it("leaves nothing behind when it is discarded", () => {
    const directory = tempDir();
    const path = join(directory, "out.txt");
    const atExit = new Set<() => void>();
    const file = new OutFile(path, { atExit });
    file.write("part");
    expect(leftovers(directory)).toHaveLength(1);
    for (const cleanUp of atExit) cleanUp();
    expect(readdirSync(directory)).toEqual([]);
    expect(atExit.size).toBe(0);
  });

  it("replaces a link, not its target", () => {
    const directory = tempDir();
    const [target, link] = [join(directory, "target"), join(directory, "link")];
    writeFileSync(target, "old");
    symlinkSync(target, link);
    writeAll(link, nodeFs);
    expect(lstatSync(link).isFile()).toBe(true);
    expect(readFileSync(link, "utf8")).toBe("first second");
    expect(readFileSync(target, "utf8")).toBe("old");
  });

  it("creates its temporary file new, never through what stands at its name", () => {
    const directory = tempDir();
    const victim = join(directory, "victim");
    writeFileSync(victim, "old");
    const openSync: FileSystem["openSync"] = (name, flags, mode) => {
      if (String(name).endsWith(".tmp")) symlinkSync(victim, name);
      return nodeFs.openSync(name, flags, mode);
    };
    const fs: FileSystem = { ...nodeFs, openSync };
    expect(() => writeAll(join(directory, "out.txt"), fs)).toThrow(expect.objectContaining({ code: "E_IO" }));
    expect(readFileSync(victim, "utf8")).toBe("old");
  });

  it("writes a device directly and does not replace it", () => {
    writeAll("/dev/null", nodeFs);
    expect(lstatSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  it("removes what a killed process left for the same target, and nothing else", () => {
    const directory = tempDir();
    const path = join(directory, "out.txt");
    const first = new OutFile(path);
    const [name] = leftovers(directory);
    const dead = join(directory, (name ?? "").replace(/-\d+-[0-9a-f]+\.tmp$/, "-999999999-ab.tmp"));
    writeFileSync(dead, "part");
    writeFileSync(join(directory, ".tracemill-000000000000-999999999-ab.tmp"), "of another target");
    writeAll(path, nodeFs);
    expect(existsSync(dead)).toBe(false);
    expect(leftovers(directory)).toHaveLength(2);
    first.discard();
  });

  it("gives one whole file to two writers at a time", () => {
    const path = join(tempDir(), "out.txt");
    const writers = ["a", "b"].map((letter) => ({ letter, file: new OutFile(path) }));
    for (let round = 0; round < 100; round++) for (const { letter, file } of writers) file.write(letter.repeat(100));
    for (const { file } of writers) file.commit();
    expect(readFileSync(path, "utf8")).toBe("b".repeat(10_000));
  });
});

describe("checkOutput", () => {
  it("refuses an input under any name", () => {
    const directory = tempDir();
    const input = join(directory, "in.jsonl");
    writeFileSync(input, "{}");
    symlinkSync(input, join(directory, "soft"));
    linkSync(input, join(directory, "hard"));
    for (const output of [input, join(directory, "soft"), join(directory, "hard"), join(directory, ".", "in.jsonl")]) {
      expect(() => checkOutput(output, [input])).toThrow(expect.objectContaining({ code: "E_USAGE" }));
    }
    expect(() => checkOutput(join(directory, "new"), [input, "/no/such", "-", "*.jsonl"])).not.toThrow();
  });

  it("refuses a directory that is not there, and a path that is one", () => {
    const directory = tempDir();
    mkdirSync(join(directory, "sub"));
    writeFileSync(join(directory, "file"), "");
    const refusal = (path: string) => {
      try {
        checkOutput(path, []);
      } catch (error) {
        return error instanceof Error ? error.message : "";
      }
      return "accepted";
    };
    expect(refusal("/no/such/dir/x.json")).toBe("ENOENT: no such file or directory: /no/such/dir/x.json");
    expect(refusal(join(directory, "sub"))).toBe(`EISDIR: illegal operation on a directory: ${join(directory, "sub")}`);
    expect(refusal(join(directory, "file", "x"))).toBe(`ENOTDIR: not a directory: ${join(directory, "file")}`);
    expect(refusal(join(directory, "x"))).toBe("accepted");
  });
});
