// Exports made of other exports, line by line: trace infos alone, and long texts in other scripts. Called by stages.ts.
// What must stay true: a derived file holds the same traces as its base; it is made once and named for both, and for the
// version of the text below.

import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import type { BenchFile } from "./data.ts";
import { eachLine } from "./load-lines.ts";

/** Raised when a change below changes what is written. */
const VERSION = 1;
/** Values of these keys are long texts that nothing is read of. */
const LONG_TEXTS: ReadonlySet<string> = new Set([
  "mlflow.spanInputs",
  "mlflow.spanOutputs",
  "mlflow.traceInputs",
  "mlflow.traceOutputs",
  "request_preview",
  "response_preview",
  "rationale",
]);
const FLUSH_BYTES = 1 << 22;

/** How a line becomes another. */
export interface Derivation {
  readonly name: string;
  readonly line: (text: string) => string;
}

interface Line {
  readonly info: unknown;
}

/** The info of each trace without its spans, as a search of traces gives it. */
export const INFOS: Derivation = {
  name: "infos",
  line: (text) => JSON.stringify((JSON.parse(text) as Line).info),
};

/** All small Latin letters of long texts replaced by letters of a script, which JSON.stringify does not escape. */
function inScript(name: string, first: string): Derivation {
  const start = (first.codePointAt(0) ?? 0) - 0x61;
  const spelled = (text: string): string =>
    // An escape inside the text stays an escape.
    text.replace(/\\u[0-9a-f]{4}|\\.|[a-z]/g, (found) =>
      found.length > 1 ? found : String.fromCodePoint(start + found.charCodeAt(0)),
    );
  return {
    name,
    line: (text) =>
      JSON.stringify(
        JSON.parse(text, (key, value: unknown) =>
          typeof value === "string" && LONG_TEXTS.has(key) ? spelled(value) : value,
        ),
      ),
  };
}

/** Two bytes a letter. */
export const CYRILLIC = inScript("cyrillic", "\u0430");
/** Three bytes a letter. */
export const JAPANESE = inScript("japanese", "\u3042");

/** The file that a derivation makes of another, made if it is not there. */
export function ensureDerived(base: BenchFile, derivation: Derivation): BenchFile {
  const name = base.name.replace(/\.jsonl$/, `-${derivation.name}-${VERSION}.jsonl`);
  const path = base.path.slice(0, base.path.length - base.name.length) + name;
  if (!existsSync(path)) {
    const unfinished = `${path}.${process.pid}.part`;
    const file = openSync(unfinished, "w");
    let lines = "";
    eachLine(base.path, (bytes, start, end) => {
      lines += `${derivation.line(bytes.toString("utf8", start, end))}\n`;
      if (lines.length < FLUSH_BYTES) return;
      writeSync(file, lines);
      lines = "";
    });
    writeSync(file, lines);
    closeSync(file);
    renameSync(unfinished, path);
  }
  return { path, name, sizeBytes: statSync(path).size };
}
