// Paths, directories, links, globs, standard input; files that change; files given twice.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expandBraces, matchesSegment } from "../../src/ingest/glob.ts";
import { readRecords } from "../../src/ingest/records.ts";
import { expandSources, memoryInput } from "../../src/ingest/sources.ts";
import { collect, recordsOf } from "./collect.ts";

let root = "";
const at = (...parts: string[]): string => join(root, ...parts);

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "tracemill-sources-"));
  mkdirSync(at("dir", "sub"), { recursive: true });
  writeFileSync(at("dir", "b.jsonl"), '{"b":1}\n');
  writeFileSync(at("dir", "a.jsonl"), '{"a":1}\n');
  writeFileSync(at("dir", "sub", "c.json.gz"), gzipSync('{"c":1}\n'));
  writeFileSync(at("dir", ".hidden"), "x");
  writeFileSync(at("outside.jsonl"), '{"o":1}\n');
  symlinkSync(at("outside.jsonl"), at("dir", "link.jsonl"));
  symlinkSync(at("loop"), at("loop"));
  writeFileSync(at("odd[1]*.jsonl"), '{"odd":1}\n');
  mkdirSync(at("empty"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The names below the root and the notes. */
async function expand(...inputs: string[]) {
  const { sources, notes } = await expandSources(inputs);
  return { names: sources.map(({ info }) => info.name.slice(root.length + 1)), notes };
}

describe("paths", () => {
  it("are taken in the order given, with what is known of them", async () => {
    const { sources, notes } = await expandSources([at("outside.jsonl"), at("dir", "sub", "c.json.gz")]);
    expect(notes).toEqual([]);
    expect(sources.map(({ info }) => info)).toMatchObject([
      { kind: "file", compression: "none", sizeBytes: 8, placeable: true },
      { kind: "file", compression: "gzip", placeable: false },
    ]);
    expect(recordsOf(await collect(sources[1]!))).toEqual(['{"c":1}']);
    expect(sources[1]!.consumedBytes).toBe(sources[1]!.info.sizeBytes);
    expect(recordsOf(await collect(sources[1]!))).toEqual(['{"c":1}']);
  });

  it("that are missing, loops or no directories are E_IO with errno and path", async () => {
    await expect(expand(at("none.jsonl"))).rejects.toMatchObject({
      code: "E_IO",
      message: expect.stringMatching(/^ENOENT: .*none\.jsonl$/),
    });
    await expect(expand(at("loop"))).rejects.toMatchObject({
      code: "E_IO",
      message: expect.stringMatching(/^ELOOP: .*loop$/),
    });
    await expect(expand(at("outside.jsonl", "x"))).rejects.toMatchObject({
      code: "E_IO",
      message: expect.stringMatching(/^ENOTDIR/),
    });
    await expect(expand(at("empty"))).rejects.toMatchObject({
      code: "E_IO",
      message: expect.stringContaining(at("empty")),
    });
  });

  it.skipIf(process.getuid?.() === 0)("that may not be read are E_IO", async () => {
    writeFileSync(at("secret"), "{}", { mode: 0 });
    await expect(expand(at("secret"))).rejects.toMatchObject({
      code: "E_IO",
      message: expect.stringMatching(/^EACCES/),
    });
  });

  it("given twice are read once, by device and inode", async () => {
    const { names, notes } = await expand(
      at("outside.jsonl"),
      at("dir", "..", "outside.jsonl"),
      at("dir", "link.jsonl"),
    );
    expect(names).toEqual(["outside.jsonl"]);
    expect(notes).toHaveLength(2);
    for (const note of notes) expect(note).toMatch(/twice/);
  });
});

describe("directories", () => {
  it("are read sorted and with what is below them; links and hidden files are left out and noted", async () => {
    const { names, notes } = await expand(at("dir"));
    expect(names).toEqual(["dir/a.jsonl", "dir/b.jsonl", "dir/sub/c.json.gz"]);
    expect(notes).toEqual([
      expect.stringMatching(/\.hidden: hidden/),
      expect.stringMatching(/link\.jsonl: a link, not followed/),
    ]);
  });
});

describe("directories with other files", () => {
  it("give what is named as an export, and one note of the rest; a file named itself is always read", async () => {
    const folder = at("mixed");
    mkdirSync(join(folder, "sub"), { recursive: true });
    const exports = ["a.json", "b.JSONL", "c.ndjson", "d.json.gz", "e.jsonl.zst", "f.ndjson.gzip", "sub/g.json.zstd"];
    const others = ["INDEX.md", "README.md", "json", "notes.txt", "sub/x.csv.gz", "y.json.bak"];
    for (const name of [...exports, ...others]) writeFileSync(join(folder, name), '{"a":1}\n');
    const { names, notes } = await expand(folder);
    expect(names).toEqual(exports.map((name) => `mixed/${name}`));
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^.*mixed: 6 files not read, being no \.json.*: .*INDEX\.md, .*README\.md, .*, \.\.\.$/);
    expect((await expand(join(folder, "notes.txt"))).names).toEqual(["mixed/notes.txt"]);
    expect((await expand(join(folder, "*.md"))).names).toEqual(["mixed/INDEX.md", "mixed/README.md"]);
    rmSync(folder, { recursive: true });
  });

  it("that hold no export are E_IO, with what they hold", async () => {
    mkdirSync(at("texts"));
    writeFileSync(at("texts", "a.txt"), '{"a":1}\n');
    await expect(expand(at("texts"))).rejects.toMatchObject({
      code: "E_IO",
      message: expect.stringMatching(/^no \.json.* file in the directory .*texts: 1 file of other names \(.*a\.txt\)$/),
    });
  });
});

describe("patterns", () => {
  it.each([
    ["dir/*.jsonl", ["dir/a.jsonl", "dir/b.jsonl", "dir/link.jsonl"]],
    ["dir/[!b]*.jsonl", ["dir/a.jsonl", "dir/link.jsonl"]],
    ["dir/?.json*", ["dir/a.jsonl", "dir/b.jsonl"]],
    ["**/*.gz", ["dir/sub/c.json.gz"]],
    ["dir/**", ["dir/a.jsonl", "dir/b.jsonl", "dir/sub/c.json.gz"]],
    ["dir/{b,a}.jsonl", ["dir/b.jsonl", "dir/a.jsonl"]],
    ["d*/s*", ["dir/sub/c.json.gz"]],
  ])("%s", async (pattern, expected) => {
    expect((await expand(at(pattern))).names).toEqual(expected);
  });

  it("that match nothing are E_IO and named", async () => {
    const pattern = at("dir", "*.parquet");
    await expect(expand(pattern)).rejects.toMatchObject({ code: "E_IO", message: expect.stringContaining(pattern) });
    await expect(expand("/no/such/dir/*.jsonl")).rejects.toMatchObject({
      message: expect.stringMatching(/\*\.jsonl$/),
    });
  });

  it("that exist as a path are that path", async () => {
    expect((await expand(at("odd[1]*.jsonl"))).names).toEqual(["odd[1]*.jsonl"]);
  });

  it("match segments", () => {
    const cases: [string, string, boolean][] = [
      ["*", "a.b", true],
      ["*", ".a", false],
      [".*", ".a", true],
      ["a*b*c", "aXbYbZc", true],
      ["a*b*c", "aXbYbZ", false],
      ["[a-c]?", "b.", true],
      ["[!a-c]?", "b.", false],
      ["[]x]", "]", true],
      ["[x", "[x", true],
      ["\\*", "*", true],
      ["\\*", "a", false],
      ["", "", true],
    ];
    for (const [pattern, name, expected] of cases)
      expect(matchesSegment(pattern, name), `${pattern} ${name}`).toBe(expected);
    expect(matchesSegment(`${"a*".repeat(50)}b`, "a".repeat(5000))).toBe(false);
    expect(expandBraces("{a,b{c,d}}x{e}{,f}")).toEqual(["ax{e}", "ax{e}f", "bcx{e}", "bcx{e}f", "bdx{e}", "bdx{e}f"]);
  });
});

describe("streams and memory", () => {
  it("are opened like files, standard input once", async () => {
    async function* stdin() {
      yield gzipSync('{"s":1}\n').subarray(0, 5);
      yield gzipSync('{"s":1}\n').subarray(5);
    }
    const { sources, notes } = await expandSources(["-", memoryInput("m", Buffer.from('{"m":1}')), "-"], {
      stdin: stdin(),
    });
    expect(notes).toEqual([expect.stringMatching(/^-: .*twice/)]);
    expect(sources.map(({ info }) => [info.name, info.kind, info.sizeBytes])).toEqual([
      ["-", "stdin", undefined],
      ["m", "memory", 7],
    ]);
    expect(recordsOf(await collect(sources[0]!))).toEqual(['{"s":1}']);
    expect(sources[0]!.info.compression).toBe("gzip");
    await expect(collect(sources[0]!)).rejects.toMatchObject({ code: "E_COLUMN_NOT_LOADED" });
    expect(recordsOf(await collect(sources[1]!))).toEqual(['{"m":1}']);
  });
});

describe("reading that is called off", () => {
  it.skipIf(!existsSync("/proc/self/fd"))("closes the file, whoever throws", async () => {
    const path = at("called-off.jsonl");
    writeFileSync(path, '{"x":1}\n'.repeat(2000));
    const limits = { record: 2 ** 20, depth: 100 };
    const stop = (): never => {
      throw new Error("called off");
    };
    const nothing = (): undefined => undefined;
    const openFiles = (): number => readdirSync("/proc/self/fd").length;
    const before = openFiles();
    for (const sink of [
      { onRecord: stop, onFault: nothing },
      { onRecord: nothing, onFault: nothing, onChunk: stop },
      { onRecord: () => ({ code: "E_JSON_SYNTAX", message: "bad", byte: 0 }) as const, onFault: stop },
    ]) {
      const { sources } = await expandSources([path], { chunkBytes: 100 });
      await expect(readRecords(sources[0]!, sink, limits)).rejects.toThrow("called off");
    }
    expect(openFiles()).toBe(before);
  });
});

describe("files that change", () => {
  const changes: [string, (path: string) => void][] = [
    ["before they are read", (path) => utimesSync(path, 1, 1)],
    ["in size", (path) => appendFileSync(path, '{"x":2}\n')],
  ];
  it.each(changes)("%s are refused", async (_, change) => {
    const path = at("changing.jsonl");
    writeFileSync(path, '{"x":1}\n');
    const { sources } = await expandSources([path]);
    change(path);
    await expect(collect(sources[0]!)).rejects.toMatchObject({ code: "E_SOURCE_CHANGED", at: { file: path } });
  });

  it("while they are read are refused", async () => {
    const path = at("growing.jsonl");
    writeFileSync(path, '{"x":1}\n'.repeat(1000));
    const { sources } = await expandSources([path], { chunkBytes: 512 });
    const read = async (): Promise<void> => {
      let chunks = 0;
      for await (const chunk of sources[0]!.chunks())
        if (chunk.offset >= 0 && chunks++ === 3) appendFileSync(path, "\n");
    };
    await expect(read()).rejects.toMatchObject({ code: "E_SOURCE_CHANGED" });
  });

  it("are read in chunks that give the same bytes", async () => {
    const path = at("chunks.jsonl");
    const text = Array.from({ length: 500 }, (_, i) => `{"i":${i}}\n`).join("");
    writeFileSync(path, text);
    for (const chunkBytes of [1, 7, 4096, 2 ** 20]) {
      const { sources } = await expandSources([path], { chunkBytes });
      expect(recordsOf(await collect(sources[0]!))).toEqual(text.trimEnd().split("\n"));
    }
  });
});
