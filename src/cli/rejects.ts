// Rejected records as the command line tells them: the file of `--rejects`, one JSON object a record, and lines of reasons.
// Called by session.ts while files load, and by load-report.ts.
// What must stay true: records stand in their order, and the file is whole whether the load succeeds or fails.

import { escapeLine, formatCount, type JsonValue, type RejectedRecord, renderJsonLines } from "../index.ts";
import { OutFile, type OutFileOptions } from "./out-file.ts";

const BLOCK = 64 * 1024;

/** Counts rejected records by code, for a load that fails and so has no report. */
export class RejectReasons {
  readonly #reasons = new Map<string, { count: number; readonly first: string }>();

  /** Counts a record. */
  add({ code, message }: RejectedRecord): void {
    const reason = this.#reasons.get(code);
    if (reason === undefined) this.#reasons.set(code, { count: 1, first: message });
    else reason.count += 1;
  }

  /** One line a code, as in the load report; empty without rejects. */
  text(): string {
    return [...this.#reasons].map(([code, reason]) => `${reasonLine({ code, ...reason })}\n`).join("");
  }
}

/** `  rejected 2: E_TRUNCATED, first FILE:7:90: ...`, safe on a terminal. */
export function reasonLine(reason: { readonly code: string; readonly count: number; readonly first: string }): string {
  return escapeLine(`  rejected ${formatCount(reason.count)}: ${reason.code}, first ${reason.first}`);
}

/** A file of rejected records. */
export class RejectsFile {
  readonly #file: OutFile;
  #pending: string[] = [];
  #length = 0;

  constructor(path: string, options: OutFileOptions) {
    this.#file = new OutFile(path, options);
  }

  /** Adds a record. Throws E_IO. */
  add(record: RejectedRecord): void {
    const members: { [key: string]: JsonValue } = { ...record };
    for (const line of renderJsonLines([members])) {
      this.#pending.push(line);
      this.#length += line.length;
    }
    if (this.#length >= BLOCK) this.#flush();
  }

  /** Makes the file whole. Throws E_IO. */
  commit(): void {
    this.#flush();
    this.#file.commit();
  }

  /** Removes what was written, unless it was committed. */
  discard(): void {
    this.#file.discard();
  }

  #flush(): void {
    if (this.#length > 0) this.#file.write(this.#pending.join(""));
    this.#pending = [];
    this.#length = 0;
  }
}
