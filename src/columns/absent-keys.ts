// Keys that a request names and no row has: mistyped, most likely. Called by engine.ts when a search finds nothing.
// What must stay true: reads the lists of keys alone, never a row; says nothing of keys that a row has.

import { nearest } from "../base/nearest.ts";
import type { Projection } from "./projection.ts";
import { KEY_FAMILIES } from "./schema.ts";
import type { Dataset } from "./table.ts";

const MAX_SHOWN = 100;

/**
 * One line for each `family.key` of `wanted` that no row of its table has. The nearest key that is there is named when
 * keys that the request does not name were loaded too.
 */
export function absentKeys(dataset: Dataset, wanted: Projection): readonly string[] {
  return [dataset.traces, dataset.spans].flatMap((table) => {
    const names = wanted[table.name];
    if (names === "all" || table.rows === 0) return [];
    const row = table.name === "traces" ? "trace" : "span";
    return [...names].flatMap((name) => {
      const family = KEY_FAMILIES[table.name].find((one) => name.startsWith(`${one}.`));
      const key = family === undefined ? "" : name.slice(family.length + 1);
      if (family === undefined || key === "*") return [];
      const keys = table.keyed.get(family)?.keys ?? [];
      if (keys.includes(key)) return [];
      const near = nearest(key, keys);
      const meant = near === undefined ? "inspect lists the keys" : `did you mean ${family}.${near}?`;
      return [`no ${row} has ${family}.${key.slice(0, MAX_SHOWN)}: ${meant}`];
    });
  });
}
