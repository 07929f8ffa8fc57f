// Random JSON documents and damaged ones: texts by grammar (with duplicate keys, escapes, odd numbers, white space),
// records that look like exported traces, and byte mutations of both.

import fc from "fast-check";

const hex4 = fc.integer({ min: 0, max: 0xffff }).map((unit) => unit.toString(16).padStart(4, "0"));

/** Pieces of the inside of a JSON string, as they are written in a document. */
const stringPiece = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[ !#-[\]-~]{0,12}$/) },
  { weight: 1, arbitrary: fc.constantFrom("é", "日本", "😀", "\u2028", "\ufeff", "\u007f", "\u0080", "\uffff", "ed") },
  { weight: 2, arbitrary: fc.constantFrom('\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t") },
  { weight: 1, arbitrary: hex4.map((unit) => `\\u${unit}`) },
  { weight: 1, arbitrary: hex4.map((unit) => `\\u${unit.toUpperCase()}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "\\ud83d\\ude00",
      "\\ud800",
      "\\udc00",
      "\\ud800\\ud800\\udc00",
      "\\udc00\\ud800",
      "\\uD83Dx",
    ),
  },
);

/** The inside of a JSON string. */
export const stringInside = fc.array(stringPiece, { maxLength: 5 }).map((pieces) => pieces.join(""));

const stringText = stringInside.map((inside) => `"${inside}"`);

const digits = fc.stringMatching(/^[0-9]{1,24}$/);

/** The text of any JSON number, of any length and size. */
export const numberText = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    "-0",
    "0.0",
    "-0.0e-0",
    "1e400",
    "-1e400",
    "1e-400",
    "9007199254740993",
    "1733158340818000001",
    "1E+2",
  ),
  fc
    .tuple(
      fc.constantFrom("", "-"),
      fc.oneof(
        fc.constant("0"),
        digits.map((d) => `1${d}`),
      ),
      fc.option(digits),
      exponent(),
    )
    .map(([sign, whole, fraction, power]) => sign + whole + (fraction === null ? "" : `.${fraction}`) + power),
);

function exponent(): fc.Arbitrary<string> {
  const marked = fc
    .tuple(fc.constantFrom("e", "E"), fc.constantFrom("", "+", "-"), fc.integer({ min: 0, max: 330 }))
    .map(([mark, sign, power]) => mark + sign + power);
  return fc.oneof(fc.constant(""), marked);
}

const blank = fc.oneof(
  { weight: 5, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.stringMatching(/^[ \t\r\n]{1,3}$/) },
);
const key = fc.oneof(fc.constantFrom('"a"', '"\\u0061"', '"__proto__"', '""', '"constructor"'), stringText);

/** The text of any JSON document. */
export const documentText: fc.Arbitrary<string> = fc.letrec<{ value: string; array: string; object: string }>(
  (tie) => ({
    value: fc.oneof(
      { maxDepth: 5, depthSize: "large", depthIdentifier: "json" },
      { weight: 1, arbitrary: fc.constantFrom("true", "false", "null") },
      { weight: 1, arbitrary: numberText },
      { weight: 1, arbitrary: stringText },
      { weight: 2, arbitrary: tie("array") },
      { weight: 2, arbitrary: tie("object") },
    ),
    array: fc
      .tuple(fc.array(tie("value"), { maxLength: 4, depthIdentifier: "json" }), blank)
      .map(([items, gap]) => `[${gap}${items.join(`${gap},`)}${gap}]`),
    object: fc
      .tuple(fc.array(fc.tuple(key, tie("value")), { maxLength: 4, depthIdentifier: "json" }), blank)
      .map(
        ([members, gap]) =>
          `{${gap}${members.map(([name, value]) => `${name}${gap}:${gap}${value}`).join(`${gap},${gap}`)}${gap}}`,
      ),
  }),
).value;

/** A record as MLflow exports it, small, with its attributes as JSON inside strings. */
export const traceText: fc.Arbitrary<string> = fc
  .record({
    id: fc.stringMatching(/^[0-9a-f]{32}$/),
    startNs: fc.bigInt({ min: 1_600_000_000_000_000_000n, max: 1_900_000_000_000_000_000n }),
    text: fc.string({ unit: "grapheme", maxLength: 40 }),
    isAscii: fc.boolean(),
    nested: documentText,
    extra: documentText,
  })
  .map(({ id, startNs, text, isAscii, nested, extra }) => {
    const quoted = (value: string): string => {
      const json = JSON.stringify(value);
      return isAscii
        ? json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
        : json;
    };
    const attributes = `{"mlflow.spanInputs": ${quoted(nested)}, "mlflow.spanType": "\\"LLM\\"", "x": ${extra}}`;
    const span = `{"span_id": "AAAAAAAAAAE=", "start_time_unix_nano": ${startNs}, "attributes": ${attributes}}`;
    const info = `{"trace_id": "tr-${id}", "request_preview": ${quoted(text)}, "execution_duration_ms": 12.0}`;
    return `{"info": ${info}, "data": {"spans": [${span}]}}`;
  });

/** One damage to a document. `at` is a share of its length, so that shrinking keeps its place. */
export interface Mutation {
  readonly kind: "flip" | "insert" | "delete" | "duplicate" | "set";
  readonly at: number;
  readonly byte: number;
  readonly length: number;
}

const tellingBytes = Uint8Array.from('{}[]",:\\/u0123456789eE+-.tfn NI\n\t\x00\x1f\x7f', (c) => c.charCodeAt(0));

const plainBytes = Uint8Array.from(" 07abcdnrtuAF", (c) => c.charCodeAt(0));

/** Damages that turn JSON into near-JSON. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom("flip", "insert", "delete", "duplicate", "set"),
  at: fc.integer({ min: 0, max: 9_999 }).map((share) => share / 10_000),
  byte: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...tellingBytes) },
    { weight: 4, arbitrary: fc.constantFrom(...plainBytes) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
  ),
  length: fc.integer({ min: 1, max: 8 }),
});

/** `bytes` with one damage. */
export function mutate(bytes: Uint8Array, { kind, at, byte, length }: Mutation): Uint8Array {
  const place = Math.min(bytes.length, Math.floor(at * (bytes.length + 1)));
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  if (kind === "insert") return Uint8Array.from([...before, byte, ...after]);
  if (kind === "delete") return Uint8Array.from([...before, ...after.subarray(length)]);
  if (kind === "duplicate") return Uint8Array.from([...before, ...after.subarray(0, length), ...after]);
  const changed = Uint8Array.from(bytes);
  if (place < bytes.length) changed[place] = kind === "set" ? byte : changed[place]! ^ (1 << (byte & 7));
  return changed;
}
