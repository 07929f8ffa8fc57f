// Python's prints of floats, texts and lists; the expected texts were printed by CPython 3.11.

import { describe, expect, it } from "vitest";
import { pythonFloat, pythonList, pythonRepr, pythonTypeName, shownText } from "../../src/base/python-text.ts";

describe("pythonFloat", () => {
  it.each([
    [50, "50.0"],
    [0, "0.0"],
    [-0, "-0.0"],
    [100, "100.0"],
    [99.9, "99.9"],
    [33.333333333333336, "33.333333333333336"],
    [0.0001, "0.0001"],
    [0.00012345, "0.00012345"],
    [1e-5, "1e-05"],
    [1.5e-7, "1.5e-07"],
    [5e-324, "5e-324"],
    [-1, "-1.0"],
    [123456.789, "123456.789"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [Number.NaN, "nan"],
    [Number.NEGATIVE_INFINITY, "-inf"],
  ])("%d is %s", (value, text) => {
    expect(pythonFloat(value)).toBe(text);
  });
});

describe("pythonRepr", () => {
  it.each([
    ["a", "'a'"],
    ["it's", `"it's"`],
    [`a"b'c`, `'a"b\\'c'`],
    ["a\\b\n\t\r", "'a\\\\b\\n\\t\\r'"],
    ["\u0000\u001b\u007f\u00a0\u00ad", "'\\x00\\x1b\\x7f\\xa0\\xad'"],
    ["é漢😀", "'é漢😀'"],
    ["\u200e\u2028", "'\\u200e\\u2028'"],
    ["\u{e0001}", "'\\U000e0001'"],
    ["", "''"],
  ])("%j", (text, printed) => {
    expect(pythonRepr(text)).toBe(printed);
  });

  it("prints lists", () => {
    expect(pythonList([])).toBe("[]");
    expect(pythonList(["AVG", "SUM"])).toBe("['AVG', 'SUM']");
  });
});

describe("texts in messages", () => {
  it("stay on one line and within bounds", () => {
    expect(shownText("a\nb")).toBe("a\\nb");
    expect(shownText("x".repeat(10_000)).length).toBeLessThan(600);
    expect(pythonRepr("x".repeat(10_000)).length).toBeLessThan(600);
  });

  it("name Python's types", () => {
    expect([null, "a", true, 1, 1.5, 1n, [], {}].map(pythonTypeName)).toEqual([
      "NoneType",
      "str",
      "bool",
      "int",
      "float",
      "int",
      "list",
      "dict",
    ]);
  });
});
