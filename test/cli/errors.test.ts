// Error reports: one line, caret, hint, exit status; what is not ours becomes E_IO, E_MEMORY or E_INTERNAL.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EngineError, ERROR_CODES, type ErrorCode } from "../../src/base/errors.ts";
import { reportError } from "../../src/cli/errors.ts";
import { hostileText, UNSAFE } from "../support/hostile.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";

describe("reportError", () => {
  it("names the place, draws the caret and gives the hint", () => {
    const error = new EngineError("E_FILTER_SYNTAX", "unexpected '='", {
      source: { text: "a == 'b'", span: { start: 2, end: 4 } },
      hint: "Write a single =.",
    });
    expect(reportError(error, false)).toEqual({
      text: "tracemill: E_FILTER_SYNTAX: unexpected '='\n  a == 'b'\n    ^^\n  hint: Write a single =.\n",
      exit: 2,
    });
  });

  it("puts file and line before a message that lacks them, once", () => {
    const at = { file: "x.jsonl", line: 2 };
    const line = (message: string) =>
      reportError(new EngineError("E_TRUNCATED", message, { at }), false).text.split("\n")[0];
    expect(line("ends inside a record")).toBe("tracemill: E_TRUNCATED: x.jsonl:2: ends inside a record");
    expect(line("x.jsonl, line 2: ends")).toBe("tracemill: E_TRUNCATED: x.jsonl, line 2: ends");
  });

  it("has an exit status for every code, and one line for E_IO", () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      expect(reportError(new EngineError(code, "m"), false).exit).toBe(ERROR_CODES[code].exit);
    }
    expect(reportError(new EngineError("E_IO", "ENOSPC: /dev/full"), false).text).toBe(
      "tracemill: E_IO: ENOSPC: /dev/full\n",
    );
  });

  it("says what the system said", () => {
    const full = Object.assign(new Error("no space left on device, write"), { code: "ENOSPC", syscall: "write" });
    expect(reportError(full, false)).toMatchObject({
      exit: 1,
      text: expect.stringMatching(/^tracemill: E_IO: ENOSPC: .*\n$/),
    });
    const memory = reportError(new RangeError("Array buffer allocation failed"), false);
    expect(memory.text).toMatch(/^tracemill: E_MEMORY: /);
    expect(reportError(new TypeError("x is not a function"), false).text).toMatch(
      /^tracemill: E_INTERNAL: x is not a function\n/,
    );
    expect(reportError("a text", false).text).toMatch(/^tracemill: E_INTERNAL: a text\n/);
  });

  it("prints stacks with their causes under debug only", () => {
    const error = new EngineError("E_WORKER", "worker ended", { cause: new Error("inner") });
    expect(reportError(error, false).text).not.toContain("at ");
    expect(reportError(error, true).text).toMatch(/\n\s+at .*caused by: Error: inner/s);
  });

  it("lets no hostile text reach the terminal", () => {
    fc.assert(
      fc.property(hostileText, hostileText, fc.nat(20), fc.boolean(), (message, text, start, debug) => {
        const error = new EngineError("E_FILTER_SYNTAX", message, {
          source: { text, span: { start, end: start + 2 } },
          at: { file: text, line: 1 },
          hint: text,
        });
        same(reportError(error, debug).text.match(UNSAFE), null);
      }),
      { numRuns: runs(2_000) },
    );
  });
});
