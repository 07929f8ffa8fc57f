// Bytes to scalars: THE list of what other folders may call on the byte ranges that a cursor hands out (kernels import
// this file of json/ and no other). Defined by idea: numbers.ts, times.ts, text.ts, base64.ts.
// What must stay true: every function takes a range `[start, end)`, answers undefined (or NaN) for text that is no such
// thing, and never throws.

export { base64ToHex, base64ToHexInto } from "./base64.ts";
export { isNumberText } from "./number-token.ts";
export { parseFloored, parseInt64, parseInteger, parseNumber } from "./numbers.ts";
export { decodeText, unescapeInto } from "./text.ts";
export { type Instant, parseDurationMs, parseEpochNs, parseTime } from "./times.ts";
