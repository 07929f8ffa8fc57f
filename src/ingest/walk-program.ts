// Compiles a program for the walker: the same rules, pruned the same way, as lists of numbers in WebAssembly memory.
// Called by walker.ts once a load and format. What must stay true: nothing of a format is told here, only what a kind of
// rule, value or named function is called in wasm/steps.as.ts; a program with a rule that it does not know is left to the
// interpreter whole.

import { unreachable } from "../base/assert.ts";
import type { TableName } from "../columns/schema.ts";
import type { ExtractionState } from "./extraction-state.ts";
import type {
  CallRule,
  EnumKind,
  FieldRule,
  JsonRule,
  KeptName,
  MapRule,
  Program,
  RepeatRule,
  Rule,
} from "./program.ts";
import { keptBy, namedKeys, type Pruning, survives } from "./prune.ts";
import { USAGE_NAMES } from "./span-graph.ts";
import type { WalkTable } from "./walk-columns.ts";
import type { WalkMemory } from "./walk-memory.ts";
import { WalkScope, writeKeys } from "./walk-scope.ts";
import { AssessmentTexts, EncodedTexts, EnumTexts, type KeptEnum, PlainTexts, readerOf } from "./walk-values.ts";

const STEP_WORDS = 16;

/** Numbers of the operations in wasm/steps.as.ts. */
const OPERATIONS = {
  text: 1,
  enum: 2,
  number: 3,
  tokens: 4,
  bool: 5,
  timeMs: 6,
  durationMs: 7,
  traceId: 8,
  spanId: 9,
  place: 10,
  map: 11,
  rest: 12,
  repeat: 13,
  json: 14,
  spanIdentity: 15,
  spanTimes: 16,
  finishSpans: 17,
  assessmentValue: 18,
  traceUsage: 19,
  traceIdentity: 20,
} as const;

/** Where the tables and texts of the walker are. */
export interface WalkParts {
  readonly memory: WalkMemory;
  readonly state: ExtractionState;
  readonly tables: { readonly [table in TableName]: WalkTable };
}

/** A program of the walker. */
export interface WalkProgram {
  readonly address: number;
  /** Name of the format that it reads. */
  readonly format: string;
  /** Dictionaries whose texts the module must be told of before it can count them. */
  readonly enums: readonly KeptEnum[];
}

/** Whether the walker knows every rule that survives. */
function isKnown(
  rules: readonly Rule[],
  place: { readonly table: TableName; readonly encoded: boolean },
  pruning: Pruning,
): boolean {
  return rules.every((rule) => {
    if (!survives(rule, place.table, pruning)) return true;
    switch (rule.kind) {
      case "field":
        return !(place.encoded && (rule.emptyIsNull || (rule.value !== "text" && rule.value !== "place")));
      case "map":
        return isKnown(rule.rules, { ...place, encoded: rule.values === "json" }, pruning);
      case "repeat":
        return isKnown(rule.rules, { table: rule.table, encoded: false }, pruning);
      case "json":
        return rule.rules.every(isNumberField);
      case "rest":
        return true;
      case "call":
        return rule.fn !== "traceFromRoot";
      default:
        return unreachable(rule);
    }
  });
}

function isNumberField(rule: Rule): boolean {
  return rule.kind === "field" && (rule.value === "number" || rule.value === "tokens");
}

/** The number of a kept token count in wasm/span-graph.as.ts, plus 1; 0 for another. */
function keptNumber(kept: KeptName): number {
  return (USAGE_NAMES as readonly KeptName[]).indexOf(kept) + 1;
}

/** Compiles `program`; undefined when the interpreter must run it. Throws E_MEMORY. */
export function compileWalk(program: Program, parts: WalkParts): WalkProgram | undefined {
  const { state, memory, tables } = parts;
  const pruning = { tables: state.tables, kept: keptBy(program.rules, state.tables) };
  if (!isKnown(program.rules, { table: "traces", encoded: false }, pruning)) return undefined;
  const compiler = new WalkCompiler(parts, pruning);
  const scope = new WalkScope(memory);
  const steps = compiler.steps(program.rules, {
    scope,
    table: "traces",
    encoded: false,
    known: namedKeys(program.rules),
  });
  scope.finish();
  const families = Object.values(tables).flatMap((table) => table.families());
  families.forEach((family, i) => {
    memory.words[family.address / 4 + 10] = families[i + 1]?.address ?? 0;
  });
  const address = memory.list([
    scope.address,
    steps,
    tables.traces.address,
    tables.spans.address,
    tables.assessments.address,
    families[0]?.address ?? 0,
  ]);
  return { address, format: program.format, enums: compiler.enums };
}

/** Where rules stand. */
interface Place {
  readonly scope: WalkScope;
  readonly table: TableName;
  readonly encoded: boolean;
  readonly known: ReadonlySet<string>;
}

class WalkCompiler {
  readonly enums: KeptEnum[] = [];
  readonly #parts: WalkParts;
  readonly #pruning: Pruning;

  constructor(parts: WalkParts, pruning: Pruning) {
    this.#parts = parts;
    this.#pruning = pruning;
  }

  /** The address of the list of steps of some rules. */
  steps(rules: readonly Rule[], place: Place): number {
    const steps = rules
      .filter((rule) => survives(rule, place.table, this.#pruning))
      .map((rule) => this.#step(rule, place));
    const words = steps.flatMap((step) => [...step, ...new Array<number>(STEP_WORDS - step.length).fill(0)]);
    return this.#parts.memory.list([steps.length, ...words]);
  }

  /** A step's words: operation, column, origin, operands. */
  #step(rule: Rule, place: Place): readonly number[] {
    const { memory, tables, state } = this.#parts;
    switch (rule.kind) {
      case "field":
        return this.#field(rule, place);
      case "map":
        return this.#map(rule, place);
      case "rest": {
        const keyed = tables[place.table].keyed(rule.family, { form: "plain", state })?.address ?? 0;
        const skipped = [...place.known];
        return [
          OPERATIONS.rest,
          0,
          0,
          place.scope.address,
          0,
          0,
          keyed,
          0,
          writeKeys(memory, skipped, () => 0),
          skipped.length,
        ];
      }
      case "repeat":
        return this.#repeat(rule, place);
      case "json":
        return this.#json(rule, place);
      case "call":
        return this.#call(rule, place);
    }
  }

  #field(rule: FieldRule, place: Place): readonly number[] {
    const { state, tables } = this.#parts;
    const table = tables[place.table];
    const origin = place.scope.origin(rule.from);
    if (typeof rule.value !== "string") return this.#enum(rule, rule.value, place);
    switch (rule.value) {
      case "text": {
        const read = place.encoded
          ? new EncodedTexts(state, place.table, rule.column)
          : new PlainTexts(state, place.table, rule.column);
        return [OPERATIONS.text, table.column(rule.column, read), origin, rule.emptyIsNull ? 1 : 0];
      }
      case "tokens": {
        const isKept = rule.keep !== undefined && this.#pruning.kept.has(rule.keep.name);
        const kept = isKept ? keptNumber(rule.keep.name) : 0;
        return [OPERATIONS.tokens, table.column(rule.column), origin, kept];
      }
      case "bool":
        return [OPERATIONS.bool, table.column(rule.column), origin, rule.absent ?? 2];
      case "timeMs":
        return [OPERATIONS.timeMs, table.column(rule.column), origin, rule.vital ? 1 : 0];
      case "number":
      case "durationMs":
      case "traceId":
      case "spanId":
      case "place":
        return [OPERATIONS[rule.value], table.column(rule.column), origin];
    }
  }

  #enum(rule: FieldRule, kind: EnumKind, place: Place): readonly number[] {
    const { state, tables } = this.#parts;
    const table = tables[place.table];
    const reader = readerOf(kind);
    const texts = table.texts(rule.column, new EnumTexts(state, { table: place.table, column: rule.column, reader }));
    const isKept = rule.keep !== undefined && this.#pruning.kept.has(rule.keep.name);
    if (isKept) this.enums.push({ texts, reader, when: rule.keep?.when });
    const origin = place.scope.origin(rule.from);
    return [OPERATIONS.enum, table.column(rule.column), origin, texts.address, isKept ? 1 : 0];
  }

  #map(rule: MapRule, place: Place): readonly number[] {
    const { memory, tables, state } = this.#parts;
    const scope = new WalkScope(memory);
    const inner = { ...place, scope, encoded: rule.values === "json", known: namedKeys(rule.rules) };
    const steps = this.steps(rule.rules, inner);
    scope.finish();
    const keyed = tables[place.table].keyed(rule.family, { form: rule.values, state })?.address ?? 0;
    const skipped = writeKeys(memory, rule.unkeyed, () => 0);
    const origin = place.scope.origin(rule.from);
    const isJson = rule.values === "json" ? 1 : 0;
    return [OPERATIONS.map, 0, origin, 0, scope.address, steps, keyed, isJson, skipped, rule.unkeyed.length];
  }

  #repeat(rule: RepeatRule, place: Place): readonly number[] {
    const { memory, tables } = this.#parts;
    const scope = new WalkScope(memory);
    const steps = this.steps(rule.rules, { scope, table: rule.table, encoded: false, known: new Set() });
    scope.finish();
    const table = tables[rule.table];
    return [
      OPERATIONS.repeat,
      table.column("trace_row"),
      place.scope.origin(rule.from),
      scope.address,
      steps,
      table.address,
    ];
  }

  #json(rule: JsonRule, place: Place): readonly number[] {
    const scope = new WalkScope(this.#parts.memory);
    const steps = this.steps(rule.rules, { ...place, scope, encoded: false, known: new Set() });
    scope.finish();
    return [OPERATIONS.json, 0, place.scope.origin(rule.from), scope.address, steps];
  }

  #call(rule: CallRule, place: Place): readonly number[] {
    const { tables } = this.#parts;
    const table = tables[place.table];
    const origins = rule.inputs.map((paths) => place.scope.origin(paths));
    const column = (name: string) => table.column(name);
    const [first = 0, second = 0, third = 0] = origins;
    switch (rule.fn) {
      case "spanIdentity":
        return [OPERATIONS.spanIdentity, column("span_id"), 0, first, second, column("parent_span_id")];
      case "spanTimes": {
        const columns = ["start_ns", "end_ns", "start_ms", "duration_ns", "duration_ms"].map(column);
        return [OPERATIONS.spanTimes, 0, 0, first, second, ...columns];
      }
      case "finishSpans": {
        const depth = tables.spans.column("depth");
        const counts = [column("span_count"), column("error_span_count")];
        return [OPERATIONS.finishSpans, 0, 0, ...counts, depth, tables.spans.address];
      }
      case "assessmentValue":
        return this.#assessmentValue([first, second, third]);
      case "traceUsage":
        return [OPERATIONS.traceUsage, 0, 0, first, second, ...USAGE_NAMES.map(column)];
      case "traceIdentity":
      case "traceFromRoot":
        return [OPERATIONS.traceIdentity];
    }
  }

  #assessmentValue(origins: readonly number[]): readonly number[] {
    const { memory, state, tables } = this.#parts;
    const scope = new WalkScope(memory);
    for (const key of ["value", "serialized_value"]) scope.slot(key);
    scope.finish();
    const texts = new AssessmentTexts(state, memory);
    const type = tables.assessments.column("type", texts.types);
    const isWanted = ["value", "numeric_value"].some((name) => state.tables.assessments.wants(name));
    const value = isWanted ? tables.assessments.hidden("value", texts.values) : 0;
    const kinds = type === 0 ? [0, 0, 0] : texts.kinds(tables.assessments.texts("type", texts.types));
    return [OPERATIONS.assessmentValue, type, 0, ...origins, value, scope.address, ...kinds];
  }
}
