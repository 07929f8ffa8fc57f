// One engine of the digest bench in a process of its own. Forked by digest-speed.ts.
// Arguments: the engine's name and its NumberData as JSON. Answers each question with one DigestTurn; the first fills it.

import { DIGEST_ENGINES, type DigestEngineName, type DigestQuestion } from "./digest-engines.ts";
import type { NumberData } from "./number-table.ts";

/** One timed answer. */
export interface DigestTurn {
  readonly median: number;
  readonly milliseconds: number;
  /** Of all threads together. */
  readonly cpuMilliseconds: number;
}

const [name = "", data = "{}"] = process.argv.slice(2);
const engine = DIGEST_ENGINES[name as DigestEngineName](JSON.parse(data) as NumberData);

async function turn(question: DigestQuestion): Promise<DigestTurn> {
  const ask = await engine;
  const before = process.cpuUsage();
  const started = performance.now();
  const median = await ask(question);
  const milliseconds = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return { median, milliseconds, cpuMilliseconds: (user + system) / 1_000 };
}

process.on("message", async (question) => {
  process.send?.(await turn(question as DigestQuestion));
});
