// A pool of model-like prose, escaped in advance for every depth at which an export nests it, so that writing a text
// is one copy of bytes. Made once an export by export.ts; slices are chosen by payloads.ts and copied by
// write-trace.ts. What must stay true: unit u decodes to the same characters at every nesting, and every byte is ASCII.

import { escapeInner, escapeOuter } from "./json-escape.ts";
import type { Random } from "./random.ts";

/** How many JSON strings lie around a text: 1 preview or rationale, 2 span input or output, 3 tool arguments in an output. */
export type Nesting = 1 | 2 | 3;

/** Units [from, to) of the pool. */
export interface TextSlice {
  readonly from: number;
  readonly to: number;
}

/** The pool. `offsets` have one entry more than there are units, ascending. */
export interface TextPool {
  readonly units: number;
  /** Escaped bytes of all units, by nesting - 1. */
  readonly bytes: readonly Uint8Array[];
  readonly offsets: readonly Uint32Array[];
  /** Offsets in bytes of the bare text, UTF-8. */
  readonly sizes: Uint32Array;
}

const POOL_BYTES = 600_000;
const NESTINGS = 3;

// biome-ignore format: lists of words read best in rows
const SUBJECTS = [
  "The customer", "Our refund policy", "The order", "This ticket", "The support agent", "The retrieved document",
  "The payment provider", "The delivery partner", "The subscription plan", "The knowledge base", "Your account",
  "The tool result", "The previous answer", "The warehouse in Köln", "The on-call engineer", "The invoice",
];
// biome-ignore format: lists of words read best in rows
const VERBS = [
  "explains that", "does not mention whether", "confirms that", "suggests that", "requires that", "states that",
  "was updated because", "shows that", "assumes that", "cannot decide whether", "was escalated because",
];
// biome-ignore format: lists of words read best in rows
const CLAUSES = [
  "the item was returned within 30 days", "a second identity check is needed", "the parcel left the hub yesterday",
  "the price includes tax", "the request was answered twice", "the agreed limit of €250 was exceeded",
  "no further step is needed", "the address could not be verified", "the contract ends in March",
  "the index is rebuilt every night", "a human has to approve the change", "the quota is shared by all regions",
];
// biome-ignore format: lists of words read best in rows
const TAILS = [
  "according to section {n}.", "as of order #{n}.", "so the answer has to cite source [{n}].",
  "which took {n} ms in the last run.", "for {n} of the affected users.", "– see the naïve estimate in row {n}.",
  "(confidence 0.{n}).", "and therefore \"priority {n}\" applies.", "unless the field `retry_{n}` is set.",
];
// biome-ignore format: lists of words read best in rows
const BLOCKS = [
  "\n\n### Step {n}\n", "\n- **Finding {n}**: ", "\n```json\n{\"id\": {n}, \"status\": \"open\", \"tags\": [\"a\", \"b\"]}\n```\n",
  "\n| order | total |\n|---|---|\n| {n} | $19.90 |\n", "\n1. Open \"Settings\" > \"Billing\".\n2. Press \"Pay #{n}\".\n",
  "\nC:\\exports\\run_{n}\\log.txt\n", "\n[[ ## answer ## ]]\n", " 🙂 ", "\n> 退款政策 {n}: 30 日以内\n",
  "\n<result code=\"{n}\">ok</result>\n", "\n\n",
];

function unitText(random: Random): string {
  const number = String(random.below(1000));
  if (random.chance(0.22)) return random.oneOf(BLOCKS).replaceAll("{n}", number);
  const sentence = `${random.oneOf(SUBJECTS)} ${random.oneOf(VERBS)} ${random.oneOf(CLAUSES)} ${random.oneOf(TAILS)} `;
  return sentence.replaceAll("{n}", number);
}

function escapeAt(text: string, nesting: number): string {
  let inner = text;
  for (let depth = 1; depth < nesting; depth++) inner = escapeInner(inner);
  return escapeOuter(inner);
}

/** Builds the pool: about 600 kB of bare text in units of about 90 bytes. The same stream gives the same pool. */
export function buildTextPool(random: Random): TextPool {
  const encoder = new TextEncoder();
  const texts: string[] = [];
  const sizes: number[] = [0];
  for (let size = 0; size < POOL_BYTES; ) {
    const text = unitText(random);
    texts.push(text);
    size += encoder.encode(text).length;
    sizes.push(size);
  }
  const bytes: Uint8Array[] = [];
  const offsets: Uint32Array[] = [];
  for (let nesting = 1; nesting <= NESTINGS; nesting++) {
    const escaped = texts.map((text) => escapeAt(text, nesting));
    const starts = new Uint32Array(texts.length + 1);
    escaped.forEach((text, unit) => {
      starts[unit + 1] = starts[unit]! + text.length;
    });
    bytes.push(encoder.encode(escaped.join("")));
    offsets.push(starts);
  }
  return { units: texts.length, bytes, offsets, sizes: Uint32Array.from(sizes) };
}

/** The slice that starts at unit `from` (in [0, units)) and ends at the last unit end within `sizeBytes` of bare text; it may be empty. */
export function sliceFrom(pool: TextPool, from: number, sizeBytes: number): TextSlice {
  const target = pool.sizes[from]! + sizeBytes;
  let low = from;
  let high = pool.units;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pool.sizes[middle]! <= target) low = middle;
    else high = middle - 1;
  }
  return { from, to: low };
}
