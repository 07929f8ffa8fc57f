// Fields by path, as MLflow's --extract-fields takes them.

import { describe, expect, it } from "vitest";
import { Cursor } from "../../src/json/cursor.ts";
import { scanDocument } from "../../src/json/scan.ts";
import { Tape } from "../../src/json/tape.ts";
import { fieldsOf, pathNames, refusedFields, valuesAt } from "../../src/trace/extract.ts";
import { nodeText, readNode } from "../../src/trace/json-value.ts";

function parsed(text: string) {
  const bytes = new TextEncoder().encode(text);
  const tape = new Tape();
  scanDocument(bytes, { start: 0, end: bytes.length }, { maxDepth: 100, allowNan: false }, tape);
  return readNode(new Cursor(bytes, tape), 0);
}

const TRACE = parsed(
  '{"info": {"trace_id": "t", "state": null, "n": 1.0, "tags": {"a.b": "1", "c": "2"}, "assessments": [{"v": 1}, {"w": 2}, {"v": 12345678901234567890}]},' +
    ' "data": {"spans": [{"name": "x", "p": null}, {"name": "y", "p": "x"}]}}',
);

function chosen(strict: boolean, ...paths: readonly string[]): string {
  return nodeText(fieldsOf(TRACE, paths, strict));
}

describe("paths", () => {
  it("are split at dots outside backticks", () => {
    expect(pathNames("info.tags.`a.b`")).toEqual(["info", "tags", "a.b"]);
    expect(pathNames("..info...`open.to the end")).toEqual(["info", "open.to the end"]);
    expect(pathNames("")).toEqual([]);
  });

  it("lead to values; items of lists by * alone", () => {
    const texts = (path: string) => valuesAt(TRACE, path).map((value) => nodeText(value));
    expect(texts("data.spans.*.name")).toEqual(['"x"', '"y"']);
    expect(texts("info.tags.*")).toEqual(['"1"', '"2"']);
    expect(texts("data.spans.0.name")).toEqual([]);
    expect(texts("info.state")).toEqual(["null"]);
  });
});

describe("chosen fields", () => {
  it("keep their structure and their spelling, without null values", () => {
    expect(chosen(false, "info.trace_id", "info.n", "info.state", "info.nope")).toBe(
      '{"info": {"trace_id": "t", "n": 1.0}}',
    );
    expect(chosen(false, "data.spans.*.p")).toBe('{"data": {"spans": [{}, {"p": "x"}]}}');
    expect(chosen(false, "info.assessments.*.v")).toBe(
      '{"info": {"assessments": [{"v": 1}, {}, {"v": 12345678901234567890}]}}',
    );
    expect(chosen(false, "info.nope.*")).toBe("{}");
  });

  it("lose keys with dots under * in strict mode, as MLflow does", () => {
    expect(chosen(true, "info.tags.*")).toBe('{"info": {"tags": {"c": "2"}}}');
    expect(chosen(false, "info.tags.*")).toBe('{"info": {"tags": {"a.b": "1", "c": "2"}}}');
    expect(chosen(true, "info.tags.`a.b`")).toBe('{"info": {"tags": {"a.b": "1"}}}');
  });
});

describe("refused fields", () => {
  it("names paths that lead nowhere, but none with *", () => {
    expect(refusedFields(TRACE, ["info.trace_id", "info.x.*"], false)).toBeUndefined();
    const refusal = refusedFields(TRACE, ["info.trace_id", "info.nope"], false);
    expect(refusal?.paths).toEqual(["info.nope"]);
    expect(refusal?.help.join("\n")).toMatch(/info\.\*: .*\(\+\d+ more\)/);
    expect(refusal?.help.join("\n")).toContain("--verbose");
    expect(refusedFields(TRACE, ["nope"], true)?.help.join("\n")).toContain("• data.spans.*.name");
  });
});
