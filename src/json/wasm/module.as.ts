// THE list of what the WebAssembly module exports; compiled by scripts/build-wasm.mjs.
// Called by json/simd.ts, which has the same list as a type. What must stay true: numbers in, numbers out; addresses are
// of the module's own memory, and change when it grows.

export { endsAt, kindsAt, needsUtf8Check, nextsAt, reserve, scan, startsAt } from "./tape.as";
