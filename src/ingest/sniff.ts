// What a source is, by its first bytes: compressed, a container that is no text, or text in another encoding.
// Called by sources.ts on raw bytes and by records.ts on decoded ones. What must stay true: names do not count, only
// content does; no UTF-8 text of JSON records begins with any of these bytes.

/** A kind of file that begins with a signature. `compression`: it can be opened. */
export interface Container {
  readonly name: string;
  readonly signature: readonly number[];
  readonly compression?: "gzip" | "zstd";
}

const CONTAINERS: readonly Container[] = [
  { name: "gzip", signature: [0x1f, 0x8b], compression: "gzip" },
  { name: "zstd", signature: [0x28, 0xb5, 0x2f, 0xfd], compression: "zstd" },
  { name: "Parquet", signature: [0x50, 0x41, 0x52, 0x31] },
  { name: "a zip archive", signature: [0x50, 0x4b, 0x03, 0x04] },
  { name: "an empty zip archive", signature: [0x50, 0x4b, 0x05, 0x06] },
  { name: "an Arrow file", signature: [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31] },
  { name: "bzip2", signature: [0x42, 0x5a, 0x68] },
  { name: "xz", signature: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: "LZ4", signature: [0x04, 0x22, 0x4d, 0x18] },
];
/** Skippable frames of zstd (RFC 8878, section 3.1.2): 50..5f 2a 4d 18. */
const SKIPPABLE = [0x2a, 0x4d, 0x18];
const OTLP_PROTOBUF: Container = { name: "OTLP protobuf", signature: [0x0a] };

/** The container that begins with `head`, if it is one. Needs the first 6 bytes, 64 to tell protobuf. */
export function sniffContainer(head: Uint8Array): Container | undefined {
  const known = CONTAINERS.find(({ signature }) => signature.every((byte, i) => head[i] === byte));
  if (known !== undefined) return known;
  const isSkippable = ((head[0] ?? 0) & 0xf0) === 0x50 && SKIPPABLE.every((byte, i) => head[i + 1] === byte);
  if (isSkippable) return CONTAINERS.find(({ compression }) => compression === "zstd");
  return looksLikeProtobuf(head) ? OTLP_PROTOBUF : CONTAINERS.find((container) => isCutSignature(head, container));
}

/** True when a whole file is no more than the first bytes of a compression's signature, and no text. */
function isCutSignature(head: Uint8Array, { signature, compression }: Container): boolean {
  if (compression === undefined || head.length === 0 || head.length >= signature.length) return false;
  return head.every((byte, i) => byte === signature[i]) && head.some((byte) => byte < 0x20 || byte > 0x7e);
}

/** The encoding of `head` when it is no UTF-8: by its byte order mark, or by the zero bytes beside the first characters. */
export function sniffEncoding(head: Uint8Array): string | undefined {
  const [a = -1, b = -1, c = -1, d = -1] = head;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? "UTF-32LE" : "UTF-16LE";
  if (a === 0xfe && b === 0xff) return "UTF-16BE";
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return "UTF-32BE";
  if (a > 0 && b === 0 && c > 0 && d === 0) return "UTF-16LE";
  if (a === 0 && b > 0 && c === 0 && d > 0) return "UTF-16BE";
  return undefined;
}

/**
 * TracesData begins with field 1 (0a), a length, and field 1 or 2 of ResourceSpans (0a, 12). Text may begin with line
 * feeds too, so that a control code that no text holds must follow.
 */
function looksLikeProtobuf(head: Uint8Array): boolean {
  if (head[0] !== 0x0a) return false;
  let at = 1;
  while (at < 6 && (head[at] ?? 0) >= 0x80) at++;
  const field = head[at + 1];
  if (field !== 0x0a && field !== 0x12) return false;
  return head.some((byte) => byte < 0x09 || (byte > 0x0d && byte < 0x20));
}
