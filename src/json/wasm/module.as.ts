// THE list of what the WebAssembly module exports; compiled by scripts/build-wasm.mjs.
// Called by json/simd.ts and ingest/walker.ts, which have the same list as a type. What must stay true: numbers in, numbers
// out; addresses are of the module's own memory, whose views are taken anew when it grows.

export { newColumn, newTable } from "./columns.as";
export { newDictionary, numberOf } from "./dictionary.as";
export { beginExtents, extentsAt, findExtents, openAt, openLineAt, reserveExtents, searchedTo } from "./extents.as";
export { newKeyed } from "./keyed.as";
export {
  learnShape, linesEnd, linesNegativeDurations, linesNewlines, linesOrphans, linesRecordCount, linesRecords, reserveLines, walkLines,
} from "./lines.as";
export { allocate, isExhausted, takeOver, usedBytes, writtenBytes } from "./memory.as";
export { negativeDurationCount, traceIdAt, traceIdBytes } from "./record-state.as";
export { indexScope } from "./scope.as";
export { orphanCount, resetTable, runProgram, takeBack } from "./steps.as";
export { readFloat, wasRead } from "./values.as";
export { endsAt, kindsAt, needsUtf8Check, nextsAt, nodes, reserve, scan, startsAt } from "./tape.as";
