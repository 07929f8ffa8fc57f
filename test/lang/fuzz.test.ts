// Hostile filters: every text gives a tree or an EngineError with a filter code, in time linear in its length.
// TRACEMILL_RUNS=1000 makes the minute-long runs.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { parseFilter } from "../../src/lang/filter.ts";
import { parseOrderBy } from "../../src/lang/order-by.ts";
import { bindFilter } from "../../src/plan/bind.ts";
import { hostileText } from "../support/hostile.ts";
import { runs } from "../support/runs.ts";

const PIECES = [
  ..."status|tag.x|span.name|feedback.`a b`|timestamp|issue.id|trace.text|span.attributes.m".split("|"),
  ..."=|!=|<|<=|==|LIKE|rlike|IN|NOT IN|IS NULL|is not null|BETWEEN|AND|OR|NOT|(|)|,|;|.|-|*".split("|"),
  ..."'OK'|\"x\"|'it''s'|'a\\'|5|-1.5|1e400|99999999999999999999|('a','b')|()|true|NULL|'|\"|`|$a$|/*|*/|-- |# |[|]".split(
    "|",
  ),
  ..."case|end|where|as|desc|values|if|begin|for|over|date|:=|::|@a|?|%s|\\x|\u00a0|\n|\u201cOK\u201d".split("|"),
];
const soup = fc
  .array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...PIECES) }, { weight: 1, arbitrary: hostileText }), {
    maxLength: 12,
  })
  .chain((parts) => fc.constantFrom("", " ").map((gap) => parts.join(gap)));

function attempt(text: string, strict: boolean): void {
  try {
    bindFilter(parseFilter(text, { strict }));
  } catch (error) {
    if (!(error instanceof EngineError) || !error.code.startsWith("E_FILTER_")) throw error;
    const { source } = error;
    if (source === undefined) return;
    const { start, end } = source.span;
    if (!(start >= 0 && start < end && start <= source.text.length)) throw new Error(`${start}..${end}: ${text}`);
  }
}

describe("fuzz", () => {
  it("strict and extended: a tree or a filter error", () => {
    fc.assert(
      fc.property(soup, fc.boolean(), (text, strict) => attempt(text, strict)),
      { numRuns: runs(10_000, 20_000) },
    );
  });

  it("order_by: keys or E_REQUEST", () => {
    fc.assert(
      fc.property(fc.array(soup, { maxLength: 2 }), fc.boolean(), (elements, strict) => {
        try {
          parseOrderBy(elements, strict);
        } catch (error) {
          if (!(error instanceof EngineError) || error.code !== "E_REQUEST") throw error;
        }
      }),
      { numRuns: runs(2_500, 5_000) },
    );
  });

  // A quadratic step over this many characters takes minutes; the linear ones take tenths of a second.
  const LENGTH = 200_000;
  const many = (piece: string, length = LENGTH): string => piece.repeat(Math.floor(length / piece.length));
  const dollars = (length: number): string => {
    const tags = Array.from({ length: length / 16 }, (_, i) => `$a${i}$`);
    return [...tags, ...tags.reverse()].join(" ");
  };
  it.each([
    ["quotes", many("'")],
    ["odd quotes", `status = ${many("'", LENGTH - 1)}`],
    ["backslashed quotes", `status = '${many("\\'")}`],
    ["backticks", many("` ")],
    ["brackets", many("[")],
    ["parentheses", many("(")],
    ["closing parentheses", many(")")],
    ["comment openings", many("/*")],
    ["comments", many("/**/")],
    ["line comments", many("--\n")],
    ["comments behind a comparison", `status = 'OK' ${many("/**/ ", 1_000_000)}`],
    ["dollars", Array.from({ length: LENGTH / 7 }, (_, i) => `$a${i}$`).join(" ")],
    ["dollars that close in reverse", dollars(1_000_000)],
    ["blanks", many(" ")],
    ["words and blanks", many("NOT          ")],
    ["digits", `timestamp > ${many("9")}`],
    ["dots", `tag.${many("a.")}`],
    ["minuses", many("-")],
    ["semicolons", many("; ")],
    ["clauses", many("tag.x = 'a' AND ")],
    ["juxtaposed clauses", many("tag.x = 'a' ")],
    ["commas", many("a,")],
    ["equals", many("a=")],
    ["nots", many("NOT ")],
    ["ors", `${many("a = 'x' OR ")}a = 'x'`],
    ["a long list", `status IN (${many("'a',")})`],
    ["nested list", `status IN ${many("(", LENGTH / 2)}'a'${many(")", LENGTH / 2)}`],
    ["letters", many("a")],
    ["percent", many("%(a")],
    ["where", many("where ")],
    ["case", many("case end ")],
  ])("a long text of %s takes linear time", (_, text) => {
    const start = performance.now();
    attempt(text, true);
    attempt(text, false);
    expect(performance.now() - start).toBeLessThan(4_000);
  });
});
