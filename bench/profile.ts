// A sampled profile of loads as the time of each stage. Called by stages-child.ts.
// What must stay true: every sample but the profiler's own counts for one stage; what no pattern knows is `other`, which a
// record shows. Bytes that are copied into WebAssembly's memory count as read.

import { type Profiler, Session } from "node:inspector/promises";

/** The stages of a load, in the order of the data's way, and the files that are theirs. The first pattern that matches counts. */
const STAGES: readonly (readonly [stage: string, files: RegExp])[] = [
  ["reading", /^node:|ingest\/(sources|byte-window|file-ranges|byte-source|gunzip|decompress|glob)\b|json\/simd\b/],
  ["framing", /ingest\/(framing|line-records|records|array-records|document-records|record-sink)\b/],
  ["index", /json\/wasm\/structural-index/],
  ["tape", /json\/wasm\/tape|json\/tape\b/],
  ["keyed columns", /json\/wasm\/keyed|ingest\/walk-keyed|columns\/(keyed|cell-lists)/],
  [
    "texts",
    /json\/wasm\/dictionary|ingest\/(walk-texts|text-reader)|columns\/(text-|byte-hash|dictionary)|json\/text\b/,
  ],
  ["walking", /json\/wasm\/|ingest\/(walk|walker|detect|record-loader|scope)\b|ingest\/walk-(program|scope|memory)/],
  [
    "interpreter",
    /ingest\/(run-program|field-steps|record-reader|span-graph|compile-program|ids|clock|formats)|json\//,
  ],
  ["sealing", /columns\/(stats|blocks|bitmap|take-rows|table\b)/],
  ["columns", /columns\/|ingest\/(walk-columns|walk-values|trace-rows|growing|key-table|xxh64|report)|base\//],
  ["driving", /ingest\/|src\/engine/],
];

const META = new Map([
  ["(garbage collector)", "garbage collection"],
  ["(idle)", "waiting"],
  ["(program)", "runtime"],
]);
const INTERVAL_US = 200;
const PROFILER = "node:inspector";

/** Where time went. */
export interface Profile {
  /** Milliseconds by stage. */
  readonly stages: Readonly<Record<string, number>>;
  /** The functions that took most of it, by themselves. */
  readonly functions: readonly { readonly name: string; readonly ms: number }[];
}

/** Names of the stages, as a table shows them. */
export const STAGE_NAMES: readonly string[] = [...STAGES.map(([stage]) => stage), ...META.values(), "other"];

const SHOWN_FUNCTIONS = 40;

/** Runs the work under the profiler. */
export async function profiled(work: () => Promise<void>): Promise<Profile> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: INTERVAL_US });
  await session.post("Profiler.start");
  await work();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  return summed(profile);
}

function summed({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Profile {
  const places = placesOf(nodes);
  const stages = new Map<string, number>();
  const functions = new Map<string, number>();
  samples.forEach((id, i) => {
    const { stage, name } = places.get(id) ?? { stage: "other", name: "?" };
    if (name.startsWith(PROFILER)) return;
    const ms = (timeDeltas[i] ?? 0) / 1000;
    stages.set(stage, (stages.get(stage) ?? 0) + ms);
    functions.set(name, (functions.get(name) ?? 0) + ms);
  });
  const most = [...functions].sort(([, a], [, b]) => b - a).slice(0, SHOWN_FUNCTIONS);
  return { stages: Object.fromEntries(stages), functions: most.map(([name, ms]) => ({ name, ms })) };
}

interface Place {
  readonly stage: string;
  readonly name: string;
}

/** The stage and name of each node; what the runtime does itself counts for who asked for it. */
function placesOf(nodes: readonly Profiler.ProfileNode[]): ReadonlyMap<number, Place> {
  const places = new Map<number, Place>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const visit = (node: Profiler.ProfileNode, caller: Place): void => {
    const own = placeOf(node.callFrame) ?? caller;
    places.set(node.id, own);
    for (const child of node.children ?? []) {
      const next = byId.get(child);
      if (next !== undefined) visit(next, own);
    }
  };
  const [root] = nodes;
  if (root !== undefined) visit(root, { stage: "other", name: "(root)" });
  return places;
}

function placeOf({ functionName, url }: Profiler.ProfileNode["callFrame"]): Place | undefined {
  const meta = META.get(functionName);
  if (meta !== undefined) return { stage: meta, name: functionName };
  // WebAssembly names a function with its file.
  const isWasm = url.startsWith("wasm:");
  if (url === "" && !isWasm) return undefined;
  const file = isWasm ? functionName : url.replace(/^.*\/src\//, "src/");
  const stage = STAGES.find(([, files]) => files.test(file))?.[0] ?? "other";
  return { stage, name: isWasm ? functionName : `${file} ${functionName}` };
}
