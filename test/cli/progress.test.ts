// The progress line: on a terminal only, late and seldom, erased at the end.
import { describe, expect, it } from "vitest";
import type { CliIo } from "../../src/cli/io.ts";
import { ProgressLine, progressText } from "../../src/cli/progress.ts";

function line(options: { readonly isTTY?: boolean; readonly quiet?: boolean; readonly term?: string }) {
  const written: string[] = [];
  let nowMs = 0;
  const stream = {
    isTTY: options.isTTY ?? true,
    columns: 30,
    write: async (text: string | Uint8Array) => {
      written.push(String(text));
    },
  };
  const io: CliIo = {
    stdout: stream,
    stderr: stream,
    stdin: { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }) },
    env: options.term === undefined ? {} : { TERM: options.term },
    now: () => nowMs,
    signal: new AbortController().signal,
    atExit: new Set(),
    cores: 1,
    memoryBytes: 1,
    residentBytes: () => 0,
  };
  const progress = new ProgressLine(io, options.quiet ?? false);
  for (; nowMs <= 1_000; nowMs += 10) progress.update({ bytes: nowMs * 1024, totalBytes: 2048 * 1024, records: nowMs });
  progress.clear();
  return written;
}

describe("ProgressLine", () => {
  it("appears after 0.3 s, changes ten times a second at most, fits the terminal and is erased", () => {
    const written = line({});
    expect(written).toHaveLength(9);
    expect(written[0]).toBe("\r\u001b[2K14 %  300 KiB of 2 MiB  300 r");
    expect(written.at(-1)).toBe("\r\u001b[2K");
    for (const text of written) expect(text.replace("\r\u001b[2K", "").length).toBeLessThan(30);
  });

  it.each([{ isTTY: false }, { quiet: true }, { term: "dumb" }])("is silent under %j", (options) => {
    expect(line(options)).toEqual([]);
  });
});

describe("progressText", () => {
  it("tells share, rate and time left, or what is known of a stream", () => {
    const state = { bytes: 50 * 2 ** 20, totalBytes: 200 * 2 ** 20, records: 12_345 };
    expect(progressText(state, 2_000)).toBe("25 %  50 MiB of 200 MiB  12,345 records  25 MiB/s  6.00 s left");
    expect(progressText({ ...state, totalBytes: undefined }, 2_000)).toBe("50 MiB  12,345 records  25 MiB/s");
  });
});
