// How Python prints numbers, texts and lists: MLflow's messages and percentile labels are made of such prints.
// Called by the MLflow front ends and the strict filter language. Must agree with CPython's repr() for finite floats, str and list of str.

// Above this many characters a user's text is cut in a message: the place matters there, not the whole text.
const MAX_SHOWN = 500;

// Outside these exponents of ten repr() of a float turns to scientific form.
const MIN_FIXED_EXPONENT = -4;
const MAX_FIXED_EXPONENT = 16;

/** `repr(float(value))`: `50.0`, `99.9`, `1e-05`, `nan`, `inf`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < MIN_FIXED_EXPONENT || exponent >= MAX_FIXED_EXPONENT) {
    const digits = String(Math.abs(exponent)).padStart(2, "0");
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${digits}`;
  }
  const fixed = plainDecimal(mantissa, exponent);
  return fixed.includes(".") ? fixed : `${fixed}.0`;
}

/** Digits of `mantissa` moved by `exponent` places, without scientific form. */
function plainDecimal(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace("-", "").replace(".", "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, "0");
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

const NAMED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** `repr(text)`: single quotes, double ones when the text holds only single quotes; what does not print is escaped. */
export function pythonRepr(text: string): string {
  const shown = shorten(text);
  const quote = shown.includes("'") && !shown.includes('"') ? '"' : "'";
  let inside = "";
  for (const character of shown) {
    inside += character === quote ? `\\${quote}` : escapeUnprintable(character);
  }
  return quote + inside + quote;
}

function escapeUnprintable(character: string): string {
  const named = NAMED_ESCAPES.get(character);
  if (named !== undefined) return named;
  if (character === " " || !/[\p{C}\p{Z}]/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}

/** `str(list)` of texts: `['a', 'b']`. */
export function pythonList(texts: readonly string[]): string {
  return `[${texts.map(pythonRepr).join(", ")}]`;
}

/** A user's text inside a message: on one line and not longer than a message should be. */
export function shownText(text: string): string {
  return shorten(text).replace(/[\n\r\t]/gu, (character) => NAMED_ESCAPES.get(character) ?? character);
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

/** Python's name for the type of a value that came from JSON. */
export function pythonTypeName(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return Array.isArray(value) ? "list" : "dict";
}

const JSON_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\b", "\\b"],
  ["\f", "\\f"],
]);

/** `json.dumps(text)`: everything but printable ASCII as \uXXXX, by UTF-16 unit. */
export function pythonJsonString(text: string): string {
  const escaped = text.replace(
    /["\\]|[^ -~]/g,
    (unit) => JSON_ESCAPES.get(unit) ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}
