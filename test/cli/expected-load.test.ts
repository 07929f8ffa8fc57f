// What a command line lets expect, before it is parsed.

import { expect, test } from "vitest";
import { expectedLoad } from "../../src/cli/expected-load.ts";
import { tempFile } from "../support/temp-dir.ts";

test("plain files are added up, and nothing else is", () => {
  const path = tempFile("a.jsonl", Buffer.alloc(1000));
  const packed = tempFile("a.jsonl.gz", Buffer.alloc(100));
  expect(expectedLoad(["metrics", path, "-m", "latency", packed, "-s", path])).toEqual({ plainBytes: 2000 });
  expect(expectedLoad([])).toEqual({ plainBytes: 0 });
  expect(expectedLoad(["metrics", ".", "-", "\0", "x".repeat(5000), "-"])).toEqual({ plainBytes: 0 });
});

test("threads are those of the flag", () => {
  const path = tempFile("a.jsonl", Buffer.alloc(1000));
  expect(expectedLoad([path, "--threads", "3"])).toEqual({ plainBytes: 1000, threads: 3 });
  expect(expectedLoad([path, "--threads=4"])).toEqual({ plainBytes: 1000, threads: 4 });
  expect(expectedLoad([path, "--threads", "many"])).toEqual({ plainBytes: 1000 });
});

test("nothing is expected under a limit of memory", () => {
  const path = tempFile("a.jsonl", Buffer.alloc(1000));
  expect(expectedLoad([path, "--memory-limit", "1GiB"])).toBeUndefined();
  expect(expectedLoad([path, "--memory-limit=1GiB"])).toBeUndefined();
});
