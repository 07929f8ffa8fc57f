// Page tokens: MLflow's form and refusals, and tokens that know their query.

import { describe, expect, it } from "vitest";
import { offsetOf, pageToken, queryHash } from "../../src/frontends/page-token.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("page tokens", () => {
  it("are MLflow's", () => {
    expect(pageToken(2, undefined)).toBe("eyJvZmZzZXQiOiAyfQ==");
    expect(offsetOf("eyJvZmZzZXQiOiAyfQ==", undefined)).toBe(2);
    expect([offsetOf(undefined, undefined), offsetOf("", undefined)]).toEqual([0, 0]);
    expect(offsetOf(base64('{"offset": "7"}'), undefined)).toBe(7);
  });

  it.each([
    ["a", "Invalid page token, could not base64-decode"],
    ["???", "Invalid page token, decoded value=b''"],
    [base64("not json"), "Invalid page token, decoded value=b'not json'"],
    [base64('it\'s "x"\n\xff'), "Invalid page token, decoded value=b'it\\'s \"x\"\\n\\xc3\\xbf'"],
    [base64('{"offset": 0}'), "Invalid page token, parsed value={'offset': 0}"],
    [base64('{"x": [1, true, null, "y"]}'), "Invalid page token, parsed value={'x': [1, True, None, 'y']}"],
    [base64("[1]"), "Invalid page token, parsed value=[1]"],
    [base64('{"offset": "two"}'), "Invalid page token, not stringable 'two'"],
    [base64('{"offset": 1e400}'), "Invalid page token, not stringable Infinity"],
  ])("%s is refused", (token, message) => {
    expect(() => offsetOf(token, undefined)).toThrow(message);
    expect(() => offsetOf(token, undefined)).toThrow(expect.objectContaining({ code: "E_REQUEST" }));
  });

  it("of another query are refused in extended mode", () => {
    const [one, other] = [queryHash(["a"]), queryHash(["b"])];
    const token = pageToken(5, one);
    expect(offsetOf(token, one)).toBe(5);
    expect(() => offsetOf(token, other)).toThrow("another query");
    // A token of MLflow's own names no query.
    expect(offsetOf(pageToken(5, undefined), one)).toBe(5);
  });
});
