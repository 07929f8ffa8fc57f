// Suggestions for mistyped names: close ones only, swaps count once, capitals do not matter.

import { describe, expect, it } from "vitest";
import { nearest } from "../../src/base/nearest.ts";

const NAMES = ["trace_count", "session_count", "latency", "input_tokens", "output_tokens", "P"];

describe("nearest", () => {
  it.each([
    ["trace_cuont", "trace_count"],
    ["traces_count", "trace_count"],
    ["LATENCY", "latency"],
    ["latancy", "latency"],
    ["intput_tokens", "input_tokens"],
    ["latency_ms", "latency"],
    ["p", "P"],
  ])("%s is %s", (word, name) => {
    expect(nearest(word, NAMES)).toBe(name);
  });

  it.each(["", "cost", "zzzzzzz", "x".repeat(1_000_000)])("%.10s is nothing", (word) => {
    expect(nearest(word, NAMES)).toBeUndefined();
  });
});
