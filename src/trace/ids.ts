// Ids as MLflow's V3 export writes them in spans: base64 of the bytes that hexadecimal digits stand for.
// Called by convert-spans.ts and from-columns.ts. What must stay true: an id that is no such digits stays as it is.

import { Buffer } from "node:buffer";

/** Base64 of a span id of 16 hexadecimal digits, with or without 0x; another text as it stands. */
export function spanIdBase64(id: string): string {
  return base64Of(id, 16);
}

/** Base64 of a trace id of 32 hexadecimal digits, with or without 0x or `tr-`; another text as it stands. */
export function traceIdBase64(id: string): string {
  return base64Of(id.startsWith("tr-") ? id.slice(3) : id, 32, id);
}

function base64Of(id: string, digits: number, otherwise = id): string {
  const hex = /^0x/i.test(id) ? id.slice(2).padStart(digits, "0") : id;
  return hex.length === digits && /^[0-9a-f]+$/i.test(hex) ? Buffer.from(hex, "hex").toString("base64") : otherwise;
}

/** Lower hexadecimal digits of a span id in base64 or in hexadecimal; a malformed one as it stands. */
export function spanIdHex(id: string): string {
  if (/^[0-9a-f]{16}$/i.test(id)) return id.toLowerCase();
  if (/^0x[0-9a-f]{1,16}$/i.test(id)) return id.slice(2).padStart(16, "0").toLowerCase();
  if (id.length !== 12 || !/^[0-9A-Za-z+/_-]{11}=$/.test(id)) return id;
  return Buffer.from(id, "base64").toString("hex");
}
