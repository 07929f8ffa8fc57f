// order_by: MLflow's rules in strict mode, lists and all trace fields in extended mode.

import { describe, expect, it } from "vitest";
import { parseOrderBy } from "../../src/lang/order-by.ts";

const keys = (elements: readonly string[], strict: boolean) =>
  parseOrderBy(elements, strict).map(
    ({ field, descending }) => `${field.entity}.${field.key}${descending ? " DESC" : ""}`,
  );

describe("strict", () => {
  it.each([
    ["timestamp", "attribute.timestamp_ms"],
    ["timestamp desc", "attribute.timestamp_ms DESC"],
    ["status Asc", "attribute.status"],
    ["name DESC", "tag.mlflow.traceName DESC"],
    ["run_id", "metadata.mlflow.sourceRun"],
    ["tag.`a b` DESC", "tag.a b DESC"],
    ['metadata."k"', "metadata.k"],
    ["trace.experiment_id", "attribute.experiment_id"],
  ])("%s", (element, key) => {
    expect(keys([element], true)).toEqual([key]);
  });

  it.each([
    [" status", "Could not be parsed"],
    ["status ", "Could not be parsed"],
    ["a, b", "Could not be parsed"],
    ["", "Could not be parsed"],
    ["status SIDEWAYS", "Invalid ordering key"],
    ["status DESC NULLS LAST", "Could not be parsed"],
    ["client_request_id", "Invalid attribute key 'client_request_id' specified. Valid keys are '{'end_time'"],
    ["span.name", "Invalid identifier type 'span'"],
    ["tag.text", "Invalid identifier type 'span'"],
    ["foo.x", "Invalid entity type 'foo'"],
  ])("refuses %j", (element, message) => {
    expect(() => keys([element], true)).toThrow(expect.objectContaining({ code: "E_REQUEST" }));
    expect(() => keys([element], true)).toThrow(message);
  });

  it("refuses the same field twice under two names", () => {
    expect(() => keys(["timestamp", "timestamp_ms"], true)).toThrow(
      "`order_by` contains duplicate fields: ['timestamp', 'timestamp_ms']",
    );
  });
});

describe("extended", () => {
  it("splits lists, trims, and knows every field of a trace", () => {
    expect(keys([" timestamp DESC, tag.`a,b` , total_cost", "feedback.score asc"], false)).toEqual([
      "attribute.timestamp_ms DESC",
      "tag.a,b",
      "attribute.total_cost",
      "feedback.score",
    ]);
  });

  it.each([
    "",
    ",",
    "status,",
    "status SIDEWAYS",
    "span.name",
    "text",
    "nope",
    "status status",
    "trace_id, request_id",
  ])("refuses %j", (element) => {
    expect(() => keys([element], false)).toThrow(expect.objectContaining({ code: "E_REQUEST" }));
  });
});
