// The extended language: what it takes, what it refuses as a slip, with which code, where, and with which hint.

import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { parseFilter } from "../../src/lang/filter.ts";
import { bare } from "./tree.ts";

const refusal = (text: string, options = {}): EngineError => {
  try {
    parseFilter(text, options);
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
};
const tree = (text: string) => bare(parseFilter(text).root);
const clause = (entity: string, key: string, comparator: string, value: unknown) => ({
  field: [entity, key],
  comparator,
  value,
});

describe("accepted", () => {
  it("binds OR weaker than AND, AND weaker than NOT", () => {
    const a = clause("tag", "a", "=", { text: "1" });
    const b = clause("tag", "b", "=", { text: "2" });
    const c = clause("tag", "c", "=", { text: "3" });
    expect(tree("tag.a='1' OR NOT tag.b='2' AND tag.c='3'")).toEqual({ or: [a, { and: [{ not: b }, c] }] });
    expect(tree("(tag.a='1' or tag.b='2') and tag.c='3'")).toEqual({ and: [{ or: [a, b] }, c] });
  });

  it.each([
    ["tag.from = 'x'", clause("tag", "from", "=", { text: "x" })],
    ["tag.1 = 'x'", clause("tag", "1", "=", { text: "x" })],
    ["tag.a.2.b = 'x'", clause("tag", "a.2.b", "=", { text: "x" })],
    ['"status" = "it""s"', clause("attribute", "status", "=", { text: 'it"s' })],
    ["user = 'it''s'", clause("attribute", "user", "=", { text: "it's" })],
    ["trace.`status` = 'x'", clause("attribute", "status", "=", { text: "x" })],
    ["span.attributes.`a b` = 'x'", clause("span", "attributes.a b", "=", { text: "x" })],
    ["execution_time > -1.5e3", clause("attribute", "execution_time", ">", { float: -1500 })],
    ["timestamp > .5", clause("attribute", "timestamp", ">", { float: 0.5 })],
    ["tag.`a``b` is  not\nnull", clause("tag", "a`b", "IS NOT NULL", undefined)],
    ["metadata.k LIKE 'C:\\'", clause("metadata", "k", "LIKE", { text: "C:\\" })],
  ])("%s", (text, expected) => {
    expect(tree(text)).toEqual(expected);
  });

  it("nests a thousand levels", () => {
    const deep = (levels: number) => `${"(".repeat(levels)}status = 'OK'${")".repeat(levels)}`;
    expect(() => parseFilter(deep(1_000))).not.toThrow();
    expect(refusal(deep(1_001)).code).toBe("E_FILTER_LIMIT");
    expect(refusal(`${"NOT ".repeat(1_001)}status = 'OK'`).code).toBe("E_FILTER_LIMIT");
  });
});

describe("refused", () => {
  it.each([
    ["   ", "E_FILTER_SYNTAX", 3],
    ["status = 'OK' AND", "E_FILTER_SYNTAX", 17],
    ["AND status = 'OK'", "E_FILTER_SYNTAX", 0],
    ["status = 'OK' AND AND tag.x = 'y'", "E_FILTER_SYNTAX", 18],
    ["status = 'OK' tag.x = 'y'", "E_FILTER_SYNTAX", 14],
    ["(status = 'OK'", "E_FILTER_SYNTAX", 0],
    ["status = 'OK')", "E_FILTER_SYNTAX", 13],
    ["()", "E_FILTER_SYNTAX", 1],
    ["status IS 'OK'", "E_FILTER_SYNTAX", 10],
    ["status IN 'OK'", "E_FILTER_SYNTAX", 10],
    ["tag.my-key = 'x'", "E_FILTER_SYNTAX", 6],
    ["'OK' = status", "E_FILTER_SYNTAX", 7],
    ["tag.x = 'it\\'s'", "E_FILTER_SYNTAX", 13],
    ["lower(status) = 'ok'", "E_FILTER_SYNTAX", 5],
    ["timestamp > 5abc", "E_FILTER_SYNTAX", 12],
    ["foo.bar = 'x'", "E_FILTER_FIELD", 0],
    ["stat = 'x'", "E_FILTER_FIELD", 0],
    ["span.attributes. = 'x'", "E_FILTER_FIELD", 0],
    ["feedback.`` = 'x'", "E_FILTER_FIELD", 0],
    ["tag. = 'x'", "E_FILTER_FIELD", 0],
    ["status == 'OK'", "E_FILTER_OP", 7],
    ["status > 'OK'", "E_FILTER_OP", 7],
    ["status IS NULL AND request_id IS NULL", "E_FILTER_OP", 7],
    ["trace.text = 'x'", "E_FILTER_OP", 11],
    ["prompt != 'a/1'", "E_FILTER_OP", 7],
    ["status = 5", "E_FILTER_TYPE", 9],
    ["execution_time = '100'", "E_FILTER_TYPE", 17],
    ["timestamp > 'soon'", "E_FILTER_TYPE", 12],
    ["tag.n > '5'", "E_FILTER_TYPE", 8],
    ["feedback.x > '5'", "E_FILTER_TYPE", 13],
    ["span.is_root = 1", "E_FILTER_TYPE", 15],
    ["prompt = 'a'", "E_FILTER_TYPE", 9],
    ["timestamp IN (1, 'x')", "E_FILTER_TYPE", 17],
    ["timestamp > 9223372036854775808", "E_FILTER_RANGE", 12],
    ["timestamp IN (1, 9223372036854775808)", "E_FILTER_RANGE", 17],
    ["timestamp > 1e309", "E_FILTER_RANGE", 12],
  ])("%s: %s at %i", (text, code, start) => {
    const error = refusal(text);
    expect(error.code).toBe(code);
    expect(error.source?.span.start).toBe(start);
  });

  it.each([
    ["statsu = 'x'", "Did you mean status?"],
    ["span.nmae = 'x'", "Did you mean span.name?"],
    ["feedbck.x = 'x'", "Did you mean feedback?"],
    ["type = 'LLM'", "Did you mean span.type?"],
    ["provider = 'x'", "Did you mean span.provider?"],
    ["span.session = 'x'", "Did you mean session?"],
    ["duration > 5", "Did you mean span.duration_ms?"],
    ["tokens > 5", "Did you mean input_tokens or output_tokens or total_tokens?"],
    ["span_nme = 'x'", "Did you mean span.name?"],
    ["env = 'prod'", "A tag is written tag.env, a key of the metadata metadata.env."],
    ["trace.tag.env = 'x'", "tag.env"],
    ["trace.metadata.k = 'x'", "metadata.k"],
    ["assessment.score = 'x'", "feedback.<name>"],
    ["status == 'x'", "Write =."],
    ["tag.a-b = 'x'", "backticks"],
    ["status = OK", "quotes"],
    ["status = 'x' && tag.y = 'z'", "AND"],
  ])("%s hints: %s", (text, hint) => {
    expect(refusal(text).hint).toContain(hint);
  });
});

describe("limits", () => {
  it("hold for text and lists in both modes", () => {
    for (const strict of [true, false]) {
      expect(refusal("status = 'é'", { strict, filterText: 12 }).code).toBe("E_FILTER_LIMIT");
      expect(() => parseFilter("status = 'é'", { strict, filterText: 13 })).not.toThrow();
      expect(refusal("status IN ('a', 'b', 'c')", { strict, inList: 2 }).code).toBe("E_FILTER_LIMIT");
      expect(() => parseFilter("status IN ('a', 'b')", { strict, inList: 2 })).not.toThrow();
    }
  });
});
