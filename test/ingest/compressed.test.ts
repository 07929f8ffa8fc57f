// gzip and zstd: what is opened, what is refused and how, and that what came before a fault is given.
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/ingest/sources.ts";
import { runs } from "../support/runs.ts";
import { collect, faultsOf, outline, recordsOf } from "./collect.ts";

const RECORD = '{"trace_id":"a","request_time":"2026-01-01T00:00:00Z"}\n';
/** The lines that the zstd frames below hold. */
const LINES = Array.from({ length: 100 }, (_, i) =>
  JSON.stringify({
    trace_id: `tr-${(i * 7919) % 1000}`,
    request_time: "2026-01-01T00:00:00Z",
    tags: { n: `v${i % 7}` },
  }),
);
/** zstd 1.5.4 -19, from a file: one segment, content size, checksum. */
const ZSTD_19 = Buffer.from(
  "KLUv/WRqHSULAHaWNxhwTdq2bq8oYAB+EADwWmR375RIC/vfdUU/ACsAKwCVRXb2qzMem01ApWLOxCymYSiLgSgMERMwhOWcQY+gR2A+NotJMBaRQgSSkDgSDxMwR/CImMUgFoXEwfCIGEpYViOfj4cS6Vy1zL8XKbEure7FOtMHXyNT3UbnCs8MjxKdpyfbs+s/GbUCv6Ky+lnxEvEy61Br+/x4Mioqs905xEvDU9m7fZbOVbfTtTArz45dCe08BcU8lew6N/wZIVXaTq95PnwlvVrL3hnreTquHjPa7YiwnHaI1iSfvyUnBWuoIRhG3782A5CpVB0SSBD4EQQ8CMH/gxD+IFBDGIFEiCLCYiQBIUKLJQRHYAgRFKCIDRIjwkZxRBwjEcIYYSMYI4xIjSRgiOixROCICCOGCigiQSOCMBAeEUckhDBGbAhGhCNSIwkMIXosEfp5t+E556OuS2znzvkiojA8ZKqGgFYF926XQw==",
  "base64",
);
/** zstd 1.5.4 -1, from a pipe: a window, no content size, checksum. */
const ZSTD_1 = Buffer.from(
  "KLUv/QRIPQwAZhc5GXBNoQ22bq8oYAB+EADwWuTmlilx7vvfdUVGACoAKgBH87qLqmbj8QAqKoZMjMVoGBSLAaFgEDECBoHIQmQhMkARoAi80rEYCQwLEQUREAkSDgkPI2CIwEPEWAyEhYKEA4OHiEERlPNTqkfGNi0iXVyn0dnUmWqScr2ZPjPkvlK0ktvnqHNiOZZVliz2fEgUHLqZItPrIk3OXkc0Q7cV0yyfD1E/UrbqjXTik3Scqsn1kCRHr9NrxtxrABUVg3byD6kdsc39cEj6s+hqykxXk0j58VUl8nhcqpx2eX2MeuOenIr9gMaoIYza/b8D0DvVARL4RxCwRwT/zx+s0uHhnQ8pE5OYiJCTiJptOgxdcqhcMKYk42ZkYyYyEpMhMxVmmA8jEyGZiJibEJvNdAjM4UNFTCTjTWTGJlKSDg1p+ZCUDZkzIpsbkZGI0IMMmYkyw3wYmQjJRMTchNhspkNgDh/yMfEjcrMRMokITYdqaLfmIJccnNLuPeqtJ9aLiDJlHgCpAvdul0M=",
  "base64",
);

/** A frame of one raw block. */
function rawFrame(text: string): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, data.length, 0, 0, 0]);
  header.writeUIntLE((data.length << 3) | 1, 6, 3);
  return Buffer.concat([header, data]);
}

async function codes(bytes: Uint8Array): Promise<string[]> {
  return faultsOf(await collect(bytes)).map(({ code }) => code);
}

/** The decoded bytes of a source in memory, until its end or its first fault. */
async function decoded(bytes: Uint8Array, chunkBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of memorySource("memory", bytes, { chunkBytes }).chunks())
    parts.push(Buffer.from(chunk.bytes));
  return Buffer.concat(parts);
}

describe("gzip", () => {
  it("reads all members, with names, comments and extra fields in their headers", async () => {
    const plain = gzipSync(RECORD);
    const named = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 4 + 8 + 16, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9]),
      Buffer.from("name\0comment\0"),
      plain.subarray(10),
    ]);
    const source = memorySource("memory", Buffer.concat([plain, named, gzipSync(""), plain]), { chunkBytes: 3 });
    expect(source.info).toMatchObject({ compression: "gzip", placeable: false });
    expect(recordsOf(await collect(source))).toHaveLength(3);
  });

  it("gives the records before a cut, and one fault for the cut", async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `{"trace_id":"${i.toString(16).padStart(32, "0")}"}\n`);
    const cut = gzipSync(lines.join(""), { level: 0 }).subarray(0, 15 + 50 * 48 + 30);
    const seen = await collect(cut);
    expect(recordsOf(seen)).toHaveLength(50);
    expect(faultsOf(seen)).toMatchObject([{ code: "E_TRUNCATED", line: 51, start: 2400 }]);
    expect(faultsOf(seen)[0]?.message).toMatch(/compressed data ends early/);
  });

  it("refuses a wrong checksum, a wrong length, bad blocks, and garbage or data behind the end", async () => {
    const good = gzipSync(RECORD.repeat(50));
    const changed = (at: number): Buffer => {
      const copy = Buffer.from(good);
      copy[at < 0 ? copy.length + at : at]! ^= 0x55;
      return copy;
    };
    expect(await codes(changed(-6))).toEqual(["E_COMPRESSED_CORRUPT"]);
    expect(await codes(changed(-2))).toEqual(["E_COMPRESSED_CORRUPT"]);
    expect(await codes(changed(20))).toEqual(["E_COMPRESSED_CORRUPT"]);
    expect(await codes(changed(2))).toEqual(["E_COMPRESSED_CORRUPT"]);
    const garbage = await collect(Buffer.concat([good, Buffer.from("garbage")]));
    expect(recordsOf(garbage)).toHaveLength(50);
    expect(faultsOf(garbage)).toMatchObject([{ code: "E_COMPRESSED_CORRUPT", line: 51 }]);
    expect(await codes(Buffer.concat([good, Buffer.alloc(512)]))).toEqual([]);
    expect(await codes(Buffer.concat([good, Buffer.alloc(512), good]))).toEqual(["E_COMPRESSED_CORRUPT"]);
  });

  it("opens one layer only", async () => {
    const [fault] = faultsOf(await collect(gzipSync(gzipSync(RECORD))));
    expect(fault).toMatchObject({ code: "E_FORMAT_UNKNOWN", start: 0 });
    expect(fault?.message).toMatch(/gzip within gzip/);
    expect(await codes(gzipSync(Buffer.from("PAR1    PAR1")))).toEqual(["E_UNSUPPORTED"]);
  });

  it("stops at a bomb, and lets an honest export that compresses well pass", async () => {
    const honest = gzipSync(`${RECORD.slice(0, -1)}${" ".repeat(20_000)}\n`.repeat(100));
    expect(honest.length * 200).toBeLessThan(20_000 * 100);
    expect(recordsOf(await collect(honest))).toHaveLength(100);
    const bomb = Buffer.concat([
      gzipSync(RECORD),
      ...Array.from({ length: 5 }, () => gzipSync(Buffer.alloc(2 ** 24), { level: 1 })),
    ]);
    const seen = await collect(bomb, { record: 2 ** 20 });
    expect(recordsOf(seen)).toHaveLength(1);
    expect(faultsOf(seen).map(({ code }) => code)).toContain("E_DECOMPRESS_LIMIT");
  });

  it("gives the same bytes for every chunking, and never others after a bit has changed", async () => {
    const text = Buffer.from(LINES.join("\n"));
    const good = Buffer.concat([gzipSync(text.subarray(0, 3000)), gzipSync(text.subarray(3000))]);
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length * 8 - 1), fc.integer({ min: 1, max: 400 }), async (bit, chunkBytes) => {
        expect((await decoded(good, chunkBytes)).equals(text)).toBe(true);
        const bad = Buffer.from(good);
        bad[bit >> 3]! ^= 1 << (bit & 7);
        const outcome = await decoded(bad, chunkBytes).catch((error) => error);
        if (Buffer.isBuffer(outcome)) expect(outcome.equals(text) || bit < 16).toBe(true);
        else expect(["E_COMPRESSED_CORRUPT", "E_TRUNCATED"]).toContain(outcome.code);
      }),
      { numRuns: runs(150) },
    );
  });
});

describe("zstd", () => {
  it.each([
    ["one segment with content size", ZSTD_19],
    ["a window without content size", ZSTD_1],
    [
      "two frames with a skippable one between",
      Buffer.concat([ZSTD_1, Buffer.from("552a4d1803000000010203", "hex"), ZSTD_19]),
    ],
  ])("reads %s, for every chunking", async (_, bytes) => {
    const expected = bytes.length > ZSTD_1.length ? [...LINES, ...LINES] : LINES;
    for (const chunkBytes of [1, 2, 3, 50, 2 ** 20]) {
      const seen = await collect(bytes, { chunkBytes });
      expect(faultsOf(seen)).toEqual([]);
      expect(recordsOf(seen)).toEqual(expected);
    }
    expect(memorySource("memory", bytes).info.compression).toBe("zstd");
  });

  it("reads a raw block, and refuses a cut one", async () => {
    expect(recordsOf(await collect(rawFrame(RECORD)))).toHaveLength(1);
    expect(outline(await collect(rawFrame(RECORD).subarray(0, -9)))).toEqual(["E_TRUNCATED 1 [0,0) @1:0"]);
  });

  it("refuses dictionaries and windows over the limit before anything is allocated", async () => {
    const [dictionary] = faultsOf(await collect(Buffer.from("28b52ffd210700010000", "hex")));
    expect(dictionary).toMatchObject({ code: "E_UNSUPPORTED" });
    expect(dictionary?.message).toMatch(/dictionary \(id 7\).*first/);
    const [window] = faultsOf(await collect(Buffer.from("28b52ffd00f8010000", "hex")));
    expect(window).toMatchObject({ code: "E_UNSUPPORTED" });
    expect(window?.message).toMatch(/window limit of 128 MiB/);
    expect(await codes(Buffer.from("28b52ffda0000000ff010000", "hex"))).toEqual(["E_UNSUPPORTED"]);
  });

  it("names every cut, and gives no byte that is not in the whole", async () => {
    const text = Buffer.from(`${LINES.join("\n")}\n`);
    for (let length = 2; length < ZSTD_1.length; length++) {
      expect(await codes(ZSTD_1.subarray(0, length)), `prefix ${length}`).toEqual(["E_TRUNCATED"]);
    }
    expect((await decoded(ZSTD_1, 100)).equals(text)).toBe(true);
  });

  it("finds changed bits by the checksum, and garbage behind the frames", async () => {
    const text = Buffer.from(`${LINES.join("\n")}\n`);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 32, max: ZSTD_1.length * 8 - 1 }), async (bit) => {
        const bad = Buffer.from(ZSTD_1);
        bad[bit >> 3]! ^= 1 << (bit & 7);
        const outcome = await decoded(bad, 2 ** 20).catch((error) => error);
        if (Buffer.isBuffer(outcome)) expect(outcome.equals(text)).toBe(true);
        else expect(["E_COMPRESSED_CORRUPT", "E_TRUNCATED", "E_UNSUPPORTED"]).toContain(outcome.code);
      }),
      { numRuns: runs(300) },
    );
    expect(await codes(Buffer.concat([ZSTD_1, Buffer.from("xy")]))).toEqual(["E_COMPRESSED_CORRUPT"]);
    expect(await codes(Buffer.concat([ZSTD_1, Buffer.from("garbage")]))).toEqual(["E_COMPRESSED_CORRUPT"]);
    expect(await codes(Buffer.concat([ZSTD_1, ZSTD_19.subarray(0, 3)]))).toEqual(["E_TRUNCATED"]);
  });
});
