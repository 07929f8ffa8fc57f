// RLIKE by JavaScript's engine: what the linear engine lacks, Python's spellings, code points, and refusals.

import { describe, expect, it } from "vitest";
import { encodeText } from "../../src/exec/texts.ts";
import { backtrackingFault, compileBacktracking } from "../../src/kernels/backtracking-regex.ts";

const search = (text: string, pattern: string): boolean => {
  const bytes = encodeText(text);
  return compileBacktracking(pattern).matches(bytes, 0, bytes.length);
};

describe("RLIKE by JavaScript's engine", () => {
  it("knows look-around and back-references", () => {
    expect(search("gpt-4o", "(?<=gpt-)4")).toBe(true);
    expect(search("gpt-4o", "gpt(?!-4)")).toBe(false);
    expect(search("abab", "^(ab)\\1$")).toBe(true);
    expect(search("abac", "^(ab)\\1$")).toBe(false);
  });

  it("reads Python's flags in front and its named groups", () => {
    expect(search("GPT", "gpt")).toBe(false);
    expect(search("GPT", "(?i)gpt")).toBe(true);
    expect(search("a\nb", "a.b")).toBe(false);
    expect(search("a\nB", "(?is)a.b")).toBe(true);
    expect(search("a\nb", "(?m)^b")).toBe(true);
    expect(search("noon", "(?P<a>n)(?P<b>o)(?P=b)(?P=a)")).toBe(true);
    expect(search("nope", "(?P<a>n)(?P<b>o)(?P=b)(?P=a)")).toBe(false);
  });

  it("searches by code points, and takes escapes that mean nothing for their character", () => {
    expect(search("ü😀", "^.😀$")).toBe(true);
    expect(search("😀", "^.$")).toBe(true);
    expect(search("a-b_c", "a\\-b\\_c")).toBe(true);
    expect(search("v1.2", "1\\.2$")).toBe(true);
  });

  it("says what is wrong", () => {
    expect(backtrackingFault("(a")).toEqual({
      kind: "invalid",
      message: expect.stringContaining("Unterminated group"),
    });
    expect(backtrackingFault("(?=a)")).toBeUndefined();
    expect(() => compileBacktracking("[b-a]")).toThrow(expect.objectContaining({ code: "E_FILTER_REGEX" }));
  });
});
