// Payload is read back from where it was loaded from, and only while the file is as it was.
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { emptyPayload, KeptRecords, placedPayload } from "../../src/ingest/payload-reader.ts";
import { readRecords } from "../../src/ingest/records.ts";
import { expandSources, type Source } from "../../src/ingest/sources.ts";
import { runs } from "../support/runs.ts";

const folder = mkdtempSync(join(tmpdir(), "tracemill-payload-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Places of records, each [source, start, length]. */
function placesOf(places: readonly (readonly [number, number, number])[]) {
  return {
    sources: Int32Array.from(places, ([source]) => source),
    starts: Float64Array.from(places, ([, start]) => start),
    lengths: Uint32Array.from(places, ([, , length]) => length),
  };
}

async function placesIn(source: Source): Promise<[number, number, number][]> {
  const places: [number, number, number][] = [];
  await readRecords(
    source,
    {
      onRecord: ({ start, end, offset }) => void places.push([0, offset, end - start]),
      onFault: (fault) => expect.fail(fault.message),
    },
    { record: 2 ** 28, depth: 1000 },
  );
  return places;
}

describe("payload by place", () => {
  it("gives each record's bytes, in any order, small and large", async () => {
    const path = join(folder, "a.jsonl");
    const records = Array.from({ length: 300 }, (_, i) =>
      JSON.stringify({ i, text: "ü".repeat(i % 50 === 0 ? 200_000 : i) }),
    );
    writeFileSync(path, `\ufeff${records.join("\r\n")}`);
    const { sources } = await expandSources([path]);
    const reader = placedPayload(sources, placesOf([...(await placesIn(sources[0]!)), [-1, 0, 0]]));
    for (const i of [0, 299, 1, 2, 50, 49, 51, 100, 0, 298]) {
      expect(Buffer.from(reader.recordBytes(i) ?? []).toString()).toBe(records[i]);
    }
    expect(reader.recordBytes(300)).toBeUndefined();
    reader.close();
    expect(Buffer.from(reader.recordBytes(7) ?? []).toString()).toBe(records[7]);
    reader.close();
  });

  it("is refused when the file has changed or is gone", async () => {
    const path = join(folder, "b.jsonl");
    writeFileSync(path, '{"a":1}\n{"b":2}\n');
    const { sources } = await expandSources([path]);
    const places = placesOf([[0, 8, 7]]);
    utimesSync(path, 5, 5);
    expect(() => placedPayload(sources, places).recordBytes(0)).toThrow(
      expect.objectContaining({ code: "E_SOURCE_CHANGED" }),
    );
    rmSync(path);
    expect(() => placedPayload(sources, places).recordBytes(0)).toThrow(
      expect.objectContaining({ code: "E_IO", message: expect.stringMatching(/^ENOENT: .*b\.jsonl$/) }),
    );
  });
});

describe("payload kept or dropped", () => {
  it("kept gives what was appended, past the borders of blocks", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700_000 }), { minLength: 1, maxLength: 30 }), (lengths) => {
        const kept = new KeptRecords();
        const places = lengths.map(
          (length, i) => [0, kept.append(new Uint8Array(length + 2).fill(i + 1), 1, length + 1), length] as const,
        );
        const reader = kept.reader(placesOf([...places, [-1, 0, 5]]));
        lengths.forEach((length, i) => {
          const bytes = reader.recordBytes(i);
          expect(bytes?.length).toBe(length);
          expect(bytes?.every((byte) => byte === i + 1)).toBe(true);
        });
        expect(reader.recordBytes(lengths.length)).toBeUndefined();
        expect(kept.sizeBytes).toBeGreaterThanOrEqual(lengths.reduce((sum, length) => sum + length, 0));
      }),
      { numRuns: runs(20) },
    );
  });

  it("dropped gives nothing", () => {
    const reader = emptyPayload(placesOf([[0, 0, 3]]));
    expect(reader.recordBytes(0)).toBeUndefined();
    reader.close();
  });
});
