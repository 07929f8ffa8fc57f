// A chunk's bytes belong to its source: they are not written, and nothing of them is kept once the next chunk is asked for.
// Sources of files give Buffers, two that take turns; what is kept of one must be a copy.

import { describe, expect, it } from "vitest";
import type { Source, SourceChunk } from "../../src/ingest/byte-source.ts";
import { memorySource } from "../../src/ingest/sources.ts";
import { collect, faultsOf, recordsOf } from "./collect.ts";

/** A source that overwrites each chunk with the next one. */
function reusing(bytes: Buffer, chunkBytes: number): Source {
  async function* chunks(): AsyncGenerator<SourceChunk, void, undefined> {
    const buffer = Buffer.alloc(chunkBytes);
    for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
      buffer.fill(0x21);
      const length = bytes.copy(buffer, 0, offset, offset + chunkBytes);
      yield { bytes: buffer.subarray(0, length), offset };
    }
  }
  return { ...memorySource("reused", bytes), chunks };
}

describe("the bytes of a chunk", () => {
  it("are not written, whatever is wrong with them", async () => {
    // Longer than what is looked at to know the encoding: shorter sources are copied.
    const good = `{"a":"${"x".repeat(100)}"}`;
    const bytes = Buffer.from(`[${good},{"a":"\xff"},{"b":"\xfe"}]\n${good}\n{"c":"\xff"}\n`, "latin1");
    const before = Buffer.from(bytes);
    await collect(bytes);
    expect(bytes.equals(before)).toBe(true);
  });

  it("are copied where a fault or an envelope's head keeps them", async () => {
    const records = Array.from({ length: 40 }, (_, i) => `{"a":${i}}`);
    const envelope = Buffer.from(`{"next_page_token":"t", "traces":[${records.join(",")}]}`);
    const seen = await collect(reusing(envelope, 64));
    expect(faultsOf(seen)).toEqual([]);
    expect(recordsOf(seen)).toEqual(records);
    const bad = Buffer.from(`[{"a":1},{"bad":tru}${",1".repeat(200)}]`);
    const [fault] = faultsOf(await collect(reusing(bad, 64)));
    expect(fault?.excerpt.startsWith('{"bad":tru}')).toBe(true);
  });
});
