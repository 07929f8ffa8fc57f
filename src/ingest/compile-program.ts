// Compiles a program for one load: prunes what no wanted column needs, finds builders, and turns rules into steps.
// Called by run-program.ts once a load and format. What must stay true: pruning never changes a column that is built, nor
// which records are accepted: vital rules stay, and with them the spans that they look at.

import type { TableName } from "../columns/schema.ts";
import { NestedDocument } from "../json/nested.ts";
import { NodeKind } from "../json/tape.ts";
import { KeyedWriter } from "./attributes.ts";
import type { ExtractionState } from "./extraction-state.ts";
import { fieldStep, type Step } from "./field-steps.ts";
import { KeyTable } from "./key-table.ts";
import type { CallRule, FunctionName, JsonRule, MapRule, Program, RepeatRule, RestRule, Rule } from "./program.ts";
import { keptBy, namedKeys, type Pruning, survives } from "./prune.ts";
import { RecordError } from "./record-error.ts";
import { Origin, Scope } from "./scope.ts";

/** A named function at work: `nodes` holds its inputs in the rule's order, -1 where absent. */
export type CallStep = (cursor: Parameters<Step>[0], nodes: Int32Array, row: number) => void;

/** The named functions of a program: each takes its builders from the state once. */
export type Functions = { readonly [name in FunctionName]: (state: ExtractionState) => CallStep };

/** A compiled program: the steps of the trace row, and the scope to fill before they run. */
export interface CompiledProgram {
  readonly format: string;
  readonly scope: Scope;
  readonly steps: readonly Step[];
}

/** Compiles `program` over the tables of `state`. */
export function compileProgram(program: Program, functions: Functions, state: ExtractionState): CompiledProgram {
  const compiler = new Compiler(functions, state, { tables: state.tables, kept: keptBy(program.rules, state.tables) });
  const scope = new Scope();
  const steps = compiler.steps(program.rules, {
    scope,
    table: "traces",
    encoded: false,
    known: namedKeys(program.rules),
  });
  return { format: program.format, scope, steps };
}

/** Where rules stand. */
interface Place {
  readonly scope: Scope;
  readonly table: TableName;
  /** Strings hold JSON text. */
  readonly encoded: boolean;
  /** Keys that some rule of the place names, pruned or not. */
  readonly known: ReadonlySet<string>;
}

class Compiler {
  readonly #functions: Functions;
  readonly #state: ExtractionState;
  readonly #pruning: Pruning;

  constructor(functions: Functions, state: ExtractionState, pruning: Pruning) {
    this.#functions = functions;
    this.#state = state;
    this.#pruning = pruning;
  }

  steps(rules: readonly Rule[], place: Place): Step[] {
    return rules.filter((rule) => survives(rule, place.table, this.#pruning)).map((rule) => this.#step(rule, place));
  }

  #step(rule: Rule, place: Place): Step {
    switch (rule.kind) {
      case "field": {
        const origin = new Origin(place.scope, rule.from);
        const kept = rule.keep !== undefined && this.#pruning.kept.has(rule.keep.name);
        return fieldStep({ rule, origin, state: this.#state, table: place.table, encoded: place.encoded, kept });
      }
      case "map":
        return this.#map(rule, place);
      case "rest":
        return this.#rest(rule, place);
      case "repeat":
        return this.#repeat(rule, place);
      case "json":
        return this.#json(rule, place);
      case "call":
        return this.#call(rule, place);
    }
  }

  #map(rule: MapRule, place: Place): Step {
    const { counts, tables } = this.#state;
    const origin = new Origin(place.scope, rule.from);
    const scope = new Scope();
    const inner = { ...place, scope, encoded: rule.values === "json", known: namedKeys(rule.rules) };
    const steps = this.steps(rule.rules, inner);
    const builder = tables[place.table].keyed(rule.family);
    const skipped = keyTable(rule.unkeyed);
    const keyed = builder && new KeyedWriter(builder, this.#state, { form: rule.values, skipped });
    const pairs = new PairList(scope, keyed);
    return (cursor, row) => {
      const node = origin.find(cursor);
      const kind = node < 0 ? NodeKind.null : cursor.tape.kinds[node];
      scope.fill(cursor, node);
      if (kind === NodeKind.object) keyed?.members(cursor, node, row);
      else if (kind === NodeKind.array) pairs.read(cursor, node, row);
      else if (kind !== NodeKind.null) counts.add("wrongTypes");
      for (let i = 0; i < steps.length; i += 1) steps[i]!(cursor, row);
    };
  }

  #rest(rule: RestRule, place: Place): Step {
    const builder = this.#state.tables[place.table].keyed(rule.family);
    const skipped = keyTable([...place.known]);
    const keyed = builder && new KeyedWriter(builder, this.#state, { form: "plain", skipped });
    return (cursor, row) => keyed?.members(cursor, place.scope.self, row);
  }

  #repeat(rule: RepeatRule, place: Place): Step {
    const state = this.#state;
    const origin = new Origin(place.scope, rule.from);
    const scope = new Scope();
    const steps = this.steps(rule.rules, { scope, table: rule.table, encoded: false, known: new Set() });
    const table = state.tables[rule.table];
    const traceRow = table.int32("trace_row");
    const path = rule.from.map((keys) => keys.join(".")).join(" or ");
    return (cursor, parentRow) => {
      const list = origin.find(cursor);
      if (list < 0) return;
      const { kinds, nexts, starts } = cursor.tape;
      if (kinds[list] !== NodeKind.array) throw notA("a list", path, starts[list]!);
      const end = nexts[list]!;
      for (let element = list + 1; element < end; element = nexts[element]!) {
        if (kinds[element] !== NodeKind.object) throw notA("an object", `${path}[]`, starts[element]!);
        scope.fill(cursor, element);
        const row = table.rows;
        traceRow?.set(row, parentRow);
        for (let i = 0; i < steps.length; i += 1) steps[i]!(cursor, row);
        table.rows = row + 1;
      }
    };
  }

  #json(rule: JsonRule, place: Place): Step {
    const { counts, maxDepth } = this.#state;
    const origin = new Origin(place.scope, rule.from);
    const scope = new Scope();
    const steps = this.steps(rule.rules, { ...place, scope, encoded: false, known: new Set() });
    const nested = new NestedDocument();
    const options = { maxDepth, allowNan: true };
    return (cursor, row) => {
      const node = origin.find(cursor);
      if (node < 0) return;
      const isObject = cursor.tape.kinds[node] === NodeKind.object;
      const inner = isObject ? cursor : nested.open(cursor, node, options);
      const root = isObject ? node : 0;
      if (inner === undefined || inner.tape.kinds[root] !== NodeKind.object) {
        if (inner?.tape.kinds[0] !== NodeKind.null) counts.add("brokenJson");
        return;
      }
      if (!isObject) counts.add("nonfinite", inner.tape.nonfinite);
      scope.fill(inner, root);
      for (let i = 0; i < steps.length; i += 1) steps[i]!(inner, row);
    };
  }

  #call(rule: CallRule, place: Place): Step {
    const origins = rule.inputs.map((paths) => new Origin(place.scope, paths));
    const nodes = new Int32Array(origins.length);
    const run = this.#functions[rule.fn](this.#state);
    return (cursor, row) => {
      for (let i = 0; i < origins.length; i += 1) nodes[i] = origins[i]!.find(cursor);
      run(cursor, nodes, row);
    };
  }
}

/** Reads a map that is written as a list of `{key, value}`, as MLflow's REST API of version 2 does. */
class PairList {
  readonly #scope: Scope;
  readonly #keyed: KeyedWriter | undefined;
  readonly #pair = new Scope();
  readonly #key = this.#pair.slot(["key"]).index;
  readonly #value = this.#pair.slot(["value"]).index;

  constructor(scope: Scope, keyed: KeyedWriter | undefined) {
    this.#scope = scope;
    this.#keyed = keyed;
  }

  read(cursor: Parameters<Step>[0], list: number, row: number): void {
    const { kinds, nexts } = cursor.tape;
    const end = nexts[list]!;
    for (let element = list + 1; element < end; element = nexts[element]!) {
      this.#pair.fill(cursor, element);
      const key = this.#pair.nodes[this.#key]!;
      const value = this.#pair.nodes[this.#value]!;
      if (key < 0 || value < 0 || (kinds[key] !== NodeKind.string && kinds[key] !== NodeKind.escapedString)) continue;
      this.#scope.assign(cursor, key, value);
      this.#keyed?.member({ cursor, key, value }, row);
    }
  }
}

function keyTable(keys: readonly string[]): KeyTable {
  const table = new KeyTable();
  for (const key of keys) table.add(key);
  return table;
}

function notA(what: string, path: string, byte: number): RecordError {
  return new RecordError("E_RECORD", `${path}: expected ${what}`, { byte });
}
