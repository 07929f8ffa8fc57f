// Payload as text: escapes decoded on both levels, white space in one form.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PayloadForm } from "../../src/columns/payload.ts";
import { PayloadDecoder } from "../../src/ingest/payload-text.ts";
import { anyText } from "../support/any-text.ts";
import { runs } from "../support/runs.ts";

function decoded(json: string, form: PayloadForm): string {
  const bytes = new TextEncoder().encode(`xx${json}yy`);
  const text = new PayloadDecoder().decode(bytes, { start: 2, end: bytes.length - 2 }, form);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(text);
}

describe("decoded text", () => {
  it("of JSON has one kind of white space and no escapes", () => {
    expect(decoded('{"a":1,\n "b" : [true,"x\\"y\\n\\u00e9\\/"]}', "json")).toBe('{"a": 1, "b": [true, "x"y\né/"]}');
    expect(decoded("[]", "json")).toBe("[]");
  });

  it("decodes JSON inside texts, and leaves other texts alone", () => {
    expect(decoded('{"q": "{\\"x\\": \\"say \\\\\\"hi\\\\\\"\\"}"}', "json")).toBe('{"q": "{"x": "say "hi""}"}');
    expect(decoded('{"q": "\\"caf\\\\u00e9\\""}', "json")).toBe('{"q": ""café""}');
    expect(decoded('{"path": "C:\\\\new"}', "json")).toBe('{"path": "C:\\new"}');
    expect(decoded('{"t": "0.5"}', "json")).toBe('{"t": "0.5"}');
  });

  it("of a preview is the text itself", () => {
    expect(decoded('"say \\"hi\\" \\\\n"', "text")).toBe('say "hi" \\n');
    expect(decoded('{"a":1}', "text")).toBe('{"a": 1}');
  });

  it("of an attribute is what its JSON text stands for", () => {
    expect(decoded('"\\"say \\\\\\"hi\\\\\\"\\""', "attribute")).toBe('say "hi"');
    expect(decoded('"{\\"q\\": \\"a\\\\nb\\"}"', "attribute")).toBe('{"q": "a\nb"}');
    expect(decoded('"no json"', "attribute")).toBe("no json");
    expect(decoded('{"q":1}', "attribute")).toBe('{"q": 1}');
  });

  it("holds every text that was put in, whatever its characters and however deep", () => {
    fc.assert(
      fc.property(anyText(), fc.boolean(), (text, ascii) => {
        const written = (json: string) =>
          ascii
            ? json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
            : json;
        const attribute = written(JSON.stringify(written(JSON.stringify({ q: text }))));
        expect(decoded(`{"a":${attribute}}`, "json")).toBe(`{"a": "{"q":"${text}"}"}`);
        expect(decoded(attribute, "attribute")).toBe(`{"q":"${text}"}`);
      }),
      { numRuns: runs(500) },
    );
  });
});
