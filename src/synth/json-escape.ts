// JSON string escapes as Python writes them, and its spelling of floats. Called by the text pool and the writers.
// What must stay true: the bytes are those of json.dumps, so that an export cannot be told from MLflow's own.

/** The inside of the JSON string of `text`, non-ASCII kept: what json.dumps(..., ensure_ascii=False) puts between quotes. */
export function escapeInner(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The inside of the JSON string of `text` in ASCII: what json.dumps puts between quotes. */
export function escapeOuter(text: string): string {
  return escapeInner(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A finite number below 1e16 as Python's repr prints a float: "1.0", "5e-05", "0.25". */
export function pythonFloat(value: number): string {
  if (Number.isInteger(value)) return value.toFixed(1);
  if (value !== 0 && Math.abs(value) < 1e-4) {
    const [digits, exponent] = value.toExponential().split("e-") as [string, string];
    return `${digits}e-${exponent.padStart(2, "0")}`;
  }
  return String(value);
}
