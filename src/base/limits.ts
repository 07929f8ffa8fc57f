// THE list of limits: name, flag, default and what happens past it.
// Read by the loader, the front ends, the command line's flags and docs/limits.md, which is printed from it.

interface LimitEntry {
  /** The command line's flag. */
  readonly flag: string;
  readonly unit: "bytes" | "count" | "ratio";
  readonly default: number;
  /** What happens when it is passed. */
  readonly past: string;
}

/** Every limit of the engine, with its flag and default. */
export const LIMITS = {
  record: { flag: "--max-record", unit: "bytes", default: 256 * 2 ** 20, past: "E_RECORD_TOO_LARGE" },
  depth: { flag: "--max-depth", unit: "count", default: 1_000, past: "E_DEPTH" },
  columns: { flag: "--max-columns", unit: "count", default: 10_000, past: "kept as text and counted, still queryable" },
  groups: { flag: "--max-groups", unit: "count", default: 10_000_000, past: "E_TOO_MANY_GROUPS" },
  filterText: { flag: "--max-filter", unit: "bytes", default: 2 ** 20, past: "E_FILTER_LIMIT" },
  inList: { flag: "--max-in-list", unit: "count", default: 1_000_000, past: "E_FILTER_LIMIT" },
  expansion: {
    flag: "--max-expansion",
    unit: "ratio",
    default: 200,
    past: "E_DECOMPRESS_LIMIT; the first 64 MiB of output are free",
  },
} as const satisfies Record<string, LimitEntry>;

/** How long threads and memory that are not in use wait for the next load: not for long, as they hold memory. */
export const IDLE_MS = 30_000;

/** The name of a limit. */
export type LimitName = keyof typeof LIMITS;

/** A value for every limit. */
export type Limits = { readonly [name in LimitName]: number };

/** The defaults, with `given` in their place where present. */
export function resolveLimits(given: Partial<Limits> = {}): Limits {
  const names = Object.keys(LIMITS) as LimitName[];
  return Object.fromEntries(names.map((name) => [name, given[name] ?? LIMITS[name].default])) as Limits;
}
