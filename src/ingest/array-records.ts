// Arrays of records, and the envelope `{"traces": [...], "next_page_token": ...}` of the MLflow command line.
// Called by records.ts at a `[`, or behind the head of an envelope. Elements are streamed: one at a time is at hand.
// What must stay true: an element whose boundaries can be trusted costs itself alone; any other error ends the source as
// "N bytes unread", in one reject with the bad element; an envelope's other members are validated.

import { copyOf } from "../base/bytes.ts";
import type { Tape } from "../json/tape.ts";
import {
  CLOSE_BRACKET,
  COMMA,
  findEnd,
  findScalarEnd,
  OPEN_BRACE,
  OPEN_BRACKET,
  skipAtHand,
  skipWhite,
} from "./framing.ts";
import { type Finding, type FoundRecord, isCut, type Mark, type RecordReader } from "./record-reader.ts";
import type { FramingName, RecordFault } from "./record-sink.ts";

type ArrayFraming = Extract<FramingName, "array" | "envelope">;

/** Reads the array whose `[` is at the position. */
export async function readArray(reader: RecordReader): Promise<void> {
  reader.framing ??= "documents";
  reader.window.position++;
  await readElements(reader, "array");
}

/** Reads an envelope; the position is after the head that `readEnvelopeHead` found, whose first byte is at `window.keep`. */
export async function readEnvelope(reader: RecordReader, mark: Mark): Promise<void> {
  const { window } = reader;
  reader.framing ??= "documents";
  const head = copyOf(window.bytes, window.keep, window.position);
  if (await readElements(reader, "envelope")) await readEnvelopeTail(reader, head, mark);
}

/** Reads from the `]` before the position to the envelope's end, and validates the envelope without its elements. */
async function readEnvelopeTail(reader: RecordReader, head: Uint8Array, mark: Mark): Promise<void> {
  const { window, lines, limits } = reader;
  window.position--;
  const tail = reader.mark();
  window.position++;
  const extent = await findEnd(window, lines, { limits, depth: 1 });
  if (extent === "large") {
    await reader.abandon(reader.tooLarge(tail), tail, "envelope");
    return;
  }
  const end = extent === "complete" || extent === "ended" ? window.position : window.position + 1;
  const shell = Buffer.concat([head, window.bytes.subarray(window.keep, end)]);
  const fault = reader.scanBytes(shell, 0, shell.length);
  if (fault !== undefined) {
    const isTruncation = extent === "ended" && isCut(fault);
    const offset = fault.byte < head.length ? mark.offset + fault.byte : tail.offset + fault.byte - head.length;
    const finding = isTruncation ? reader.cut(tail, "an envelope") : { ...fault, offset };
    await reader.abandon(finding, tail, "envelope");
    return;
  }
  if (countTraces(reader.tape, shell) > 1) {
    const finding: Finding = { code: "E_RECORD", message: 'an envelope with a second "traces"', offset: tail.offset };
    reader.reject(finding, { mark: tail, framing: "envelope", end });
  }
  window.keep = -1;
}

/** How many members of the scanned envelope are called "traces": a second list of records would be lost in silence. */
function countTraces(tape: Tape, shell: Buffer): number {
  let count = 0;
  for (let key = 1; key < tape.nexts[0]!; key = tape.nexts[key + 1]!) {
    if (shell.toString("latin1", tape.starts[key], tape.ends[key]) === '"traces"') count++;
  }
  return count;
}

/** Reads elements and the `]` behind them; the position is after the `[`. False when the source was given up. */
async function readElements(reader: RecordReader, framing: ArrayFraming): Promise<boolean> {
  const { window, lines } = reader;
  for (let first = true; ; first = false) {
    // From here to the next element: what would be unread.
    const gap = reader.mark();
    window.keep = -1;
    if (!(await skipWhite(window, lines))) return giveUpAtEnd(reader, gap, framing);
    if (window.bytes[window.position] === CLOSE_BRACKET) {
      window.position++;
      return true;
    }
    if (!first) {
      if (window.bytes[window.position] !== COMMA)
        return giveUp(reader, "expected ',' or ']' after an element", framing);
      window.position++;
      if (!(await skipWhite(window, lines))) return giveUpAtEnd(reader, gap, framing);
    }
    if (!(await readElement(reader, framing)) || !(await readElementsAtHand(reader, framing))) return false;
  }
}

/** Reads the elements whose ends are at hand, with the commas before them; false when the source was given up. */
async function readElementsAtHand(reader: RecordReader, framing: ArrayFraming): Promise<boolean> {
  const { window, lines } = reader;
  for (;;) {
    const { position } = window;
    const { line, lineStart } = lines;
    const found = elementAtHand(reader, framing);
    if (found === undefined) {
      window.position = position;
      lines.line = line;
      lines.lineStart = lineStart;
      return true;
    }
    const fault = reader.deliver(found);
    if (fault !== undefined && !(await rejectElement(reader, fault, found))) return false;
  }
}

/** Moves behind the next element, when it is an object or array and at hand; otherwise to anywhere before its end. */
function elementAtHand(reader: RecordReader, framing: ArrayFraming): FoundRecord | undefined {
  const { window, lines, ends } = reader;
  if (!skipAtHand(window, lines, COMMA)) return undefined;
  const first = window.bytes[window.position];
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return undefined;
  const mark = reader.mark();
  const end = ends.atHand(window, lines);
  if (end < 0) return undefined;
  window.position = end;
  return { mark, framing, end };
}

/** Reads the element at the position. False when the source was given up. */
async function readElement(reader: RecordReader, framing: ArrayFraming): Promise<boolean> {
  const { window, lines, limits } = reader;
  const mark = reader.mark();
  const first = window.bytes[window.position];
  const isContainer = first === OPEN_BRACE || first === OPEN_BRACKET;
  const extent = isContainer ? await reader.ends.find(window, lines) : await findScalarEnd(window, limits);
  if (extent !== "complete") {
    await reader.abandon(reader.explain(extent, mark), mark, framing);
    return false;
  }
  const end = window.position;
  if (end === window.keep) return giveUp(reader, "expected an element", framing);
  const fault = reader.deliver({ mark, framing, end });
  return fault === undefined || rejectElement(reader, fault, { mark, framing, end });
}

/** Rejects an element, and unless its end can be trusted the rest of the source; false when that was given up. */
async function rejectElement(reader: RecordReader, fault: RecordFault, found: FoundRecord): Promise<boolean> {
  const isSound = reader.isSound(fault, found.end);
  if (isSound) reader.reject(reader.finding(fault), found);
  else await reader.abandon(wholeElement(reader.finding(fault)), found.mark, found.framing);
  return isSound;
}

/** An element with boundaries that ends early, as `tru`, is no truncation of the source. */
function wholeElement(finding: Finding): Finding {
  return finding.code === "E_TRUNCATED" ? { ...finding, code: "E_JSON_SYNTAX" } : finding;
}

async function giveUp(reader: RecordReader, message: string, framing: ArrayFraming): Promise<false> {
  const mark = reader.mark();
  await reader.abandon({ code: "E_JSON_SYNTAX", message, offset: mark.offset }, mark, framing);
  return false;
}

/** The source ends between elements; `gap` is where the last one ended. */
async function giveUpAtEnd(reader: RecordReader, gap: Mark, framing: ArrayFraming): Promise<false> {
  const { window } = reader;
  window.keep = window.end;
  await reader.abandon(reader.cut(gap, "an array that is not closed"), gap, framing);
  return false;
}
