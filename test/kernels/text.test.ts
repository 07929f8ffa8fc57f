// LIKE, ILIKE, RLIKE, text order, lower case, numbers in texts: against plain references; linear on hostile input (G27).

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { encodeText } from "../../src/exec/texts.ts";
import { compileLike, likeLiteral } from "../../src/kernels/like.ts";
import { compileRegex } from "../../src/kernels/regex.ts";
import { comparison, lowerBytes, matchTexts, matchTextsHolding, numberOfText } from "../../src/kernels/text.ts";
import { compareCells, likeOracle } from "../oracle/predicate-oracle.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";

function like(text: string, pattern: string, how = { fold: false, escape: false }): boolean {
  const padded = encodeText(`%${text}_`);
  return compileLike(pattern, how).matches(padded, 1, padded.length - 1);
}

describe("LIKE", () => {
  const piece = fc.constantFrom("a", "b", "A", "ab", "é", "É", "😀", "\n", "\\", "%", "_", "K", "\u212a");
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
  const token = fc.constantFrom("%", "_", "a", "b", "A", "ab", "é", "😀", "\\", "\\%", "\\_", "\\\\", "%a%", "__");
  const pattern = fc.array(token, { maxLength: 8 }).map((pieces) => pieces.join(""));

  test("agrees with dynamic programming", () => {
    fc.assert(
      fc.property(text, pattern, fc.boolean(), fc.boolean(), (t, p, fold, escaped) => {
        const how = { fold, escape: escaped };
        same(like(t, p, how), likeOracle(t, p, how), JSON.stringify({ t, p, how }));
      }),
      { numRuns: runs(4_000, 8_000) },
    );
  });

  test("a search over all texts at once finds what asking each text finds", () => {
    const texts = fc.array(fc.option(text, { freq: 4 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(texts, fc.nat(3), pattern, fc.boolean(), (values, skipped, p, fold) => {
        const how = { fold, escape: true };
        const bytes = likeLiteral(p, how);
        fc.pre(bytes !== undefined);
        // As in a table, texts stand side by side; those skipped stand before the first.
        const parts = [...Array<string>(skipped).fill("ab"), ...values.map((value) => value ?? "")].map(encodeText);
        const ends = [0];
        for (const part of parts) ends.push((ends.at(-1) ?? 0) + part.length);
        const validity = new Uint8Array(2);
        values.forEach((value, row) => {
          if (value !== null) validity[row >> 3]! |= 1 << (row & 7);
        });
        const stored = {
          offsets: Int32Array.from(ends.slice(skipped)),
          bytes: Uint8Array.from(parts.flatMap((part) => [...part])),
          validity,
        };
        const [matcher, length] = [compileLike(p, how), values.length];
        const odd = Uint32Array.from(values.keys()).filter((row) => row % 2 === 1);
        for (const rows of [
          { positions: undefined, count: length },
          { positions: odd, count: odd.length },
        ]) {
          const [slow, fast] = [new Uint8Array(length), new Uint8Array(length)];
          matchTexts({ texts: stored, matcher }, rows, slow);
          matchTextsHolding({ texts: stored, length, matcher, literal: { bytes, fold } }, rows, fast);
          const asked = (truth: Uint8Array) => truth.filter((_, row) => rows.positions === undefined || row % 2 === 1);
          same(asked(fast), asked(slow), JSON.stringify({ values, p, fold }));
        }
      }),
      { numRuns: runs(3_000) },
    );
  });

  test("matches a text that a pattern was made from", () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(11), { maxLength: 4 }), (t, wild) => {
        const characters = [...t].map((c) => (c === "%" || c === "_" || c === "\\" ? `\\${c}` : c));
        const p = characters.map((c, i) => (wild.includes(i) ? (i % 2 === 0 ? "_" : "%") : c)).join("");
        expect(like(t, p, { fold: false, escape: true })).toBe(true);
      }),
      { numRuns: runs(1_000) },
    );
  });

  test("named cases", () => {
    expect(like("", "")).toBe(true);
    expect(like("a", "")).toBe(false);
    expect(like("line\nbreak", "line%")).toBe(true);
    expect(like("line\nbreak", "line_break")).toBe(true);
    expect(like("100%", "100\\%", { fold: false, escape: true })).toBe(true);
    expect(like("1000", "100\\%", { fold: false, escape: true })).toBe(false);
    expect(like("100\\%", "100\\%")).toBe(true);
    expect(like("Ünïx", "ünïx", { fold: true, escape: false })).toBe(false);
    expect(like("OK", "ok", { fold: true, escape: false })).toBe(true);
    expect(like("aab", "%ab")).toBe(true);
    expect(like("ab", "ab%b")).toBe(false);
  });

  test("segments longer than a machine word", () => {
    const long = `x${"ab".repeat(40)}`;
    expect(like(`${"z".repeat(50)}${long}y`, `%${long.replace("a", "_")}%`)).toBe(true);
    expect(like(`${"z".repeat(50)}${long}`, `%${long.replace("a", "_")}b%`)).toBe(false);
  });

  test.each(["%a%a%a%a%a%a%a%a%b", `%${"a".repeat(50)}b%`, "%a_a%a_b", `%${"a_".repeat(30)}b%`])(
    "stays linear on a million characters: %s",
    (hostile) => {
      const bytes = new Uint8Array(1_000_000).fill(0x61);
      const start = performance.now();
      expect(compileLike(hostile, { fold: true, escape: false }).matches(bytes, 0, bytes.length)).toBe(false);
      // A hang guard, not a measurement: quadratic would take minutes.
      expect(performance.now() - start).toBeLessThan(2_000);
    },
  );
});

describe("RLIKE", () => {
  const search = (text: string, pattern: string): boolean => {
    const bytes = encodeText(text);
    return compileRegex(pattern).matches(bytes, 0, bytes.length);
  };

  test("searches unanchored, with flags, over UTF-8", () => {
    expect(search("gpt-4o-mini", "4o")).toBe(true);
    expect(search("gpt-4o-mini", "^4o")).toBe(false);
    expect(search("GPT", "gpt")).toBe(false);
    expect(search("GPT", "(?i)gpt")).toBe(true);
    expect(search("a\nb", "a.b")).toBe(false);
    expect(search("a\nb", "(?s)a.b")).toBe(true);
    expect(search("a\nb", "^b")).toBe(false);
    expect(search("ü😀", "^.😀$")).toBe(true);
    expect(search("", "")).toBe(true);
    expect(search("v1.2", "v1\\.2$")).toBe(true);
  });

  test("agrees with the platform on simple patterns", () => {
    const pattern = fc.array(fc.constantFrom("a", "b", ".", "a*", "(a|b)", "[ab]", "^", "$", "b+", "é?"), {
      maxLength: 6,
    });
    const text = fc.array(fc.constantFrom("a", "b", "é", "c"), { maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        expect(search(t.join(""), p.join(""))).toBe(new RegExp(p.join(""), "u").test(t.join("")));
      }),
      { numRuns: runs(1_000) },
    );
  });

  test.each(["(", "[a", "a{2,1}", "(?=a)", "(?<=a)b", "(a)\\1", "*a", "(((((a{1,1000}){1,1000}){1,1000})))"])(
    "refuses %s with E_FILTER_REGEX",
    (pattern) => {
      let code = "";
      try {
        compileRegex(pattern);
      } catch (error) {
        code = error instanceof EngineError ? error.code : String(error);
      }
      expect(code).toBe("E_FILTER_REGEX");
    },
  );

  test("refuses a pattern of 100,000 characters", () => {
    expect(() => compileRegex("a".repeat(100_000))).toThrow(/too large/);
  });

  test.each(["(a+)+$b", "(a|aa)+b", ".*.*.*.*b", "(?:a?){200}a{200}b"])(
    "stays linear on hostile text: %s",
    (pattern) => {
      const bytes = new Uint8Array(100_000).fill(0x61);
      const compiled = compileRegex(pattern);
      const start = performance.now();
      expect(compiled.matches(bytes, 0, bytes.length)).toBe(false);
      expect(performance.now() - start).toBeLessThan(2_000);
    },
  );
});

describe("texts", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "\uffff", "😀", "\ud800", "\u0000"), maxLength: 5 });

  test("compare by code point", () => {
    const op = fc.constantFrom("=" as const, "!=" as const, "<" as const, "<=" as const, ">" as const, ">=" as const);
    fc.assert(
      fc.property(text, text, op, (a, b, o) => {
        const bytes = encodeText(a);
        const order = compareCells(a, b);
        const wanted = {
          "=": order === 0,
          "!=": order !== 0,
          "<": order < 0,
          "<=": order <= 0,
          ">": order > 0,
          ">=": order >= 0,
        };
        same(comparison(o, encodeText(b)).matches(bytes, 0, bytes.length), wanted[o]);
      }),
      { numRuns: runs(2_000) },
    );
  });

  test("a missing text is unknown, and only selected rows are written", () => {
    const texts = { offsets: Int32Array.of(0, 1, 1, 2), bytes: encodeText("ab"), validity: Uint8Array.of(0b101) };
    const out = new Uint8Array(3).fill(7);
    const matcher = comparison("=", encodeText("a"));
    matchTexts({ texts, matcher }, { positions: Uint32Array.of(0, 1), count: 2 }, out);
    expect([...out]).toEqual([1, 2, 7]);
    matchTexts({ texts, matcher }, { positions: undefined, count: 3 }, out);
    expect([...out]).toEqual([1, 2, 0]);
  });

  test("lower case folds ASCII alone", () => {
    expect(new TextDecoder().decode(lowerBytes(encodeText("AZaz[@É")))).toBe("azaz[@É");
  });

  test("a number is what JSON spells, finite, without blanks", () => {
    const value = (t: string): number => {
      const bytes = encodeText(t);
      return numberOfText(bytes, 0, bytes.length);
    };
    for (const t of ["0", "1", "10.5", "1e3", "1E-2", "123456789012345678"]) expect(value(t)).toBe(Number(t));
    expect(Object.is(value("-0"), 0)).toBe(true);
    for (const t of [
      "",
      " 1",
      "1 ",
      "+1",
      "01",
      ".5",
      "5.",
      "1e",
      "NaN",
      "Infinity",
      "0x10",
      "1e999",
      "١",
      "1\u0000",
    ]) {
      expect(value(t), t).toBeNaN();
    }
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(value(JSON.stringify(x))).toBe(x + 0);
      }),
      { numRuns: runs(500) },
    );
  });
});
