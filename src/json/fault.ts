// What can be wrong with a JSON document: a code, the byte at fault, and one line of text.
// Made by tokens.ts and scan.ts; thrown as JsonError by scan.ts, or handed back unthrown where a refusal is ordinary.
// What must stay true: `byte` is the first byte that cannot stand where it stands, or the end of the range when the
// document is cut; it indexes the scanned bytes, so callers add the offset of their chunk.

/** The codes of a refused document, a part of base/errors.ts. */
export type JsonFaultCode = "E_JSON_SYNTAX" | "E_JSON_NONFINITE" | "E_TRUNCATED" | "E_UTF8" | "E_DEPTH";

/** Why a document is refused. */
export interface Fault {
  readonly code: JsonFaultCode;
  /** Index into the scanned bytes. */
  readonly byte: number;
  /** One line without code and place; bytes of the document are shown in hexadecimal unless they are plain ASCII. */
  readonly message: string;
}

/** A fault as an exception. */
export class JsonError extends Error {
  readonly code: JsonFaultCode;
  /** Index into the scanned bytes. */
  readonly byte: number;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = "JsonError";
    this.code = fault.code;
    this.byte = fault.byte;
  }
}

/** A byte for a message: 'x' for printable ASCII, 0x0a for the rest, so that no control code reaches a terminal. */
export function showByte(byte: number): string {
  if (byte > 0x20 && byte < 0x7f) return `'${String.fromCharCode(byte)}'`;
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
