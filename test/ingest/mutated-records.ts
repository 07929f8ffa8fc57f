// A seeded source of records that are nearly right: real and synthetic records with members replaced, removed, repeated,
// renamed by escapes and moved, numbers and texts in odd spellings, odd white space, and damaged bytes.
// Called by the walker's tests. The same seed gives the same records.

/** Pseudo-random numbers: "mulberry32", 32 bits of state. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** In [0, below). */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of a list. */
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

/** JSON text that takes a value's place. */
const ODD_VALUES: readonly string[] = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "-1",
  "1.5",
  "12",
  "007",
  "1e3",
  "1E400",
  "100.0",
  "123456789012345678",
  "12345678901234567890",
  "1767225600123",
  "1767225600123456",
  "1767225600123456789",
  "9223372036854775807",
  "99999999999",
  "0.1",
  "0.00034649999999999997",
  "8.4e-05",
  "2.2250738585072011e-308",
  "4.9406564584124654e-324",
  "NaN",
  "-Infinity",
  "{}",
  "[]",
  "[1,[2,{}]]",
  '{"a":1}',
  '{"value":5}',
  '{"code":"OK"}',
  '[{"key":"a","value":"b"}]',
  '"" ',
  '"x"',
  '"null"',
  '"true"',
  '"12"',
  '"-3"',
  '"1.25"',
  '"1.234s"',
  '"1.2345s"',
  '"-1s"',
  '"s"',
  '".5s"',
  '"9007199254740.9939s"',
  '"9223372036854775.807s"',
  "9007199254740993",
  '"OK"',
  '"STATUS_CODE_ERROR"',
  '"TraceStatus.error"',
  '"0"',
  '"2026-01-02T03:04:05Z"',
  '"2026-01-02T03:04:05.678901+05:30"',
  '"2026-02-30T00:00:00Z"',
  '"2024-02-29 23:59:59,5"',
  '"2026-01-02"',
  '"20,5-01-01T00:00:00Z"',
  '"1969-12-31T23:59:59.999Z"',
  '"2026-01-02T03:04:60Z"',
  '"0x1f"',
  '"0x0000000000000000"',
  '"00000000000000a1"',
  '"00000000000000A1"',
  '"AAAAAAAAAAE="',
  '"AAAAAAAAAAF="',
  '"AAAAAAAAAA-="',
  '"0000000000000000"',
  '"tr-0123456789abcdef0123456789abcdef"',
  '"tr-0123456789ABCDEF0123456789abcdef"',
  '"0123456789abcdef0123456789abcdef"',
  '"ASNFZ4mrze8BI0VniavN7w=="',
  '"trace:/c.s/0123456789ABCDEF0123456789abcdef"',
  '"\\"x\\""',
  '"\\"x\\\\ny\\""',
  '"\\u0022x\\u0022"',
  '" \\"x\\" "',
  '"[1, 2]"',
  '" {\\"a\\": 1}"',
  '"{\\"input_tokens\\": 5, \\"output_tokens\\": 6, \\"total_tokens\\": 11}"',
  '"{\\"input_tokens\\": 5.0, \\"total_tokens\\": \\"7\\"}"',
  '"{\\"input_tokens\\": -5}"',
  '"{\\"input_tokens\\": NaN, \\"input_cost\\": Infinity}"',
  '"{\\"input_cost\\": 0.00034649999999999997, \\"total_cost\\": 1e-7}"',
  '"{\\"input_tokens\\": 1, \\"input_tokens\\": 2}"',
  '"{\\"input\\\\u005ftokens\\": 3}"',
  '"{\\"input_tokens\\": 5"',
  '"\\ud83d\\ude00"',
  '"\\ud800"',
  '"é€😀"',
  '"a\\/b"',
  '"a/b"',
  '"yes"',
  '"No"',
  `"${"long ".repeat(60)}"`,
  `"\\"${"quoted ".repeat(40)}\\""`,
  `"${"\\u0041".repeat(60)}"`,
];

const SPACES = ["", "", "", " ", "\n ", "\t", "\r\n"];
const BYTES = '{}[]",:\\/u0123456789eE+-.tfn NI\n\t\x00\x1f\x7f\x80\xc3\xff';

/** Makes records out of others. */
export class RecordMutator {
  readonly #chance: Chance;
  readonly #records: readonly unknown[];
  /** One in this many members and elements is changed. */
  #rarity = 40;

  /** `records`: parsed values to begin from. */
  constructor(chance: Chance, records: readonly unknown[]) {
    this.#chance = chance;
    this.#records = records;
  }

  /** The next record, without a newline. */
  next(): Buffer {
    return this.mutate(this.#chance.of(this.#records));
  }

  /** That record, changed here and there, or not at all. `breaks`: newlines may stand in it. */
  mutate(record: unknown, breaks = false): Buffer {
    const chance = this.#chance;
    this.#rarity = chance.of([12, 40, 40, 150, 1e9]);
    const gap = chance.once(8) ? chance.of(SPACES) : "";
    let bytes: Buffer = Buffer.from(this.#write(record, gap));
    for (let damages = chance.once(6) ? 1 + chance.below(2) : 0; damages > 0; damages -= 1) bytes = this.#damage(bytes);
    return breaks ? bytes : Buffer.from(bytes.map((byte) => (byte === 10 ? 32 : byte)));
  }

  #write(value: unknown, gap: string): string {
    const chance = this.#chance;
    if (chance.once(this.#rarity)) return chance.of(ODD_VALUES);
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#write(item, gap));
      if (items.length > 0 && chance.once(this.#rarity)) items.push(items[chance.below(items.length)] as string);
      return `[${gap}${items.join(`,${gap}`)}]`;
    }
    if (typeof value !== "object" || value === null) return this.#scalar(value);
    const members = Object.entries(value).flatMap(([key, inner]) => {
      if (chance.once(this.#rarity)) return [];
      const member = `${this.#key(key)}${gap}:${gap}${this.#write(inner, gap)}`;
      return chance.once(this.#rarity) ? [member, `${this.#key(key)}:${this.#write(inner, "")}`] : [member];
    });
    if (chance.once(this.#rarity)) members.reverse();
    return `{${members.join(`,${gap}`)}${gap}}`;
  }

  #scalar(value: unknown): string {
    const text = JSON.stringify(value);
    if (typeof value !== "string" || !this.#chance.once(this.#rarity)) return text;
    return text.replace(/[a-z]/, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  }

  #key(key: string): string {
    const text = JSON.stringify(key);
    if (!this.#chance.once(this.#rarity * 4)) return text;
    return text.replace(/[a-z]/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
  }

  #damage(bytes: Buffer): Buffer {
    const chance = this.#chance;
    const at = chance.below(bytes.length + 1);
    const byte = Buffer.from(chance.of([...BYTES]), "latin1");
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const count = 1 + chance.below(8);
    switch (chance.below(4)) {
      case 0:
        return Buffer.concat([before, byte, after]);
      case 1:
        return Buffer.concat([before, after.subarray(count)]);
      case 2:
        return Buffer.concat([before, after.subarray(0, count), after]);
      default:
        return Buffer.concat([before, byte, after.subarray(1)]);
    }
  }
}
