// Reads single flag values that are the command line's own to check: choices, numbers, sizes, lists, texts in files.
// Called by settings.ts and the commands. What must stay true: a bad value is E_USAGE and names its flag.

import { closeSync, openSync, readSync } from "node:fs";
import { EngineError, parseSize } from "../index.ts";
import type { FlagValues } from "./flags.ts";
import { systemErrorText } from "./io.ts";

/** Most bytes that a text given as `@FILE` may have; limits on filters and queries are the engine's. */
const MAX_TEXT_BYTES = 256 * 2 ** 20;

/** The flag's value, which must be one of `choices`; the first is the default. */
export function choice<T extends string>(flags: FlagValues, name: string, choices: readonly [T, ...T[]]): T {
  const given = flags.text(name);
  if (given === undefined) return choices[0];
  const found = choices.find((one) => one === given);
  if (found === undefined) throw badValue(name, given, `use ${choices.join(", ")}`);
  return found;
}

/** A whole number in [1, 2^53), or undefined when the flag is absent. */
export function wholeNumber(flags: FlagValues, name: string): number | undefined {
  const given = flags.text(name);
  return given === undefined ? undefined : parseWhole(name, given);
}

/** `200` or `200:1` as 200; undefined when the flag is absent. */
export function ratio(flags: FlagValues, name: string): number | undefined {
  const given = flags.text(name);
  return given === undefined ? undefined : parseWhole(name, given.replace(/:1$/, ""));
}

/** Bytes of a size such as `10MB` or `1GiB`, or undefined when the flag is absent. */
export function size(flags: FlagValues, name: string): number | undefined {
  const given = flags.text(name);
  if (given === undefined) return undefined;
  const bytes = parseSize(given);
  if (bytes === undefined || bytes < 1) {
    throw badValue(name, given, "use a size such as 512MB or 4GiB (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB)");
  }
  return bytes;
}

/** The parts of a comma list, trimmed, empty ones left out; undefined when the flag is absent. */
export function commaList(flags: FlagValues, name: string): readonly string[] | undefined {
  const given = flags.text(name);
  if (given === undefined) return undefined;
  return given
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/**
 * `value` itself, or the text of the file that `@FILE` names, without one line end at its end.
 * Throws E_IO when the file cannot be read, E_UTF8 when it is no text.
 */
export function textOrFile(value: string): string {
  if (!value.startsWith("@")) return value;
  const path = value.slice(1);
  const bytes = readBounded(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r?\n$/, "");
  } catch (cause) {
    throw new EngineError("E_UTF8", `${path} is not UTF-8 text`, { cause });
  }
}

/** An E_USAGE error about a flag's value. `how`: what would be right. */
export function badValue(name: string, given: string, how: string): EngineError {
  const shown = given.length > 80 ? `${given.slice(0, 80)}…` : given;
  return new EngineError("E_USAGE", `--${name} '${shown}' is not valid: ${how}`);
}

function parseWhole(name: string, given: string): number {
  const value = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < 1) throw badValue(name, given, "use a whole number from 1 on");
  return value;
}

function readBounded(path: string): Uint8Array {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const chunks: Uint8Array[] = [];
    for (let total = 0; total <= MAX_TEXT_BYTES; ) {
      const chunk = new Uint8Array(64 * 1024);
      const count = readSync(file, chunk);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
      total += count;
    }
  } catch (cause) {
    throw new EngineError("E_IO", systemErrorText(cause, path), { cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
  throw new EngineError("E_USAGE", `${path} holds more than 256 MiB: too long for a flag's text`);
}
