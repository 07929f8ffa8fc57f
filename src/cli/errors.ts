// What goes wrong, as lines on standard error and an exit status. Called by main.ts, at one place.
// What must stay true: one line `tracemill: CODE: text`, then caret lines where a text is at fault, then one next step;
// a stack only under --debug; nothing that a terminal would obey.

import { drawCaret, EngineError, ERROR_CODES, escapeLine, escapeText, type FilePlace } from "../index.ts";
import { errnoOf } from "./io.ts";

/** An error as it is printed, and the status that the process ends with. */
export interface ErrorReport {
  readonly text: string;
  readonly exit: number;
}

/** Makes the report of whatever was thrown. */
export function reportError(thrown: unknown, debug: boolean): ErrorReport {
  const error = asEngineError(thrown);
  const lines = [`tracemill: ${error.code}: ${escapeLine(place(error.at, error.message) + error.message)}`];
  if (error.source !== undefined) lines.push(escapeText(drawCaret(error.source.text, error.source.span)));
  const hint = nextStep(error);
  if (hint !== undefined) lines.push(`  hint: ${hint.split("\n").map(escapeLine).join("\n    ")}`);
  if (debug) lines.push(escapeText(stackOf(thrown)));
  return { text: `${lines.join("\n")}\n`, exit: ERROR_CODES[error.code].exit };
}

function asEngineError(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const errno = errnoOf(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (errno !== undefined) return new EngineError("E_IO", `${errno}: ${message}`, { cause: thrown });
  if (thrown instanceof RangeError && /allocation failed|Invalid typed array length|out of memory/i.test(message)) {
    return new EngineError("E_MEMORY", `the system gives no more memory (${message})`, { cause: thrown });
  }
  return new EngineError("E_INTERNAL", message, { cause: thrown });
}

/** `FILE:LINE: ` before a message that does not name them itself. */
function place(at: FilePlace | undefined, message: string): string {
  if (at === undefined || message.includes(at.file) || message.includes(escapeLine(at.file))) return "";
  return at.line === undefined ? `${at.file}: ` : `${at.file}:${at.line}: `;
}

/** The error's own hint; else, for data and run errors, the code's next step. E_IO says all there is in its line. */
function nextStep(error: EngineError): string | undefined {
  if (error.hint !== undefined) return error.hint;
  if (error.code === "E_IO" || error.code === "E_NOT_FOUND") return undefined;
  const isOurs = error.stage === "read" || error.stage === "run" || error.stage === "any";
  return isOurs ? ERROR_CODES[error.code].next : undefined;
}

function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const own = thrown.stack ?? thrown.message;
  return thrown.cause === undefined ? own : `${own}\ncaused by: ${stackOf(thrown.cause)}`;
}
