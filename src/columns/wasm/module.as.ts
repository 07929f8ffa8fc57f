// THE list of what the WebAssembly of columns exports; compiled by scripts/build-wasm.mjs.
// Called by columns/block-scan.ts, which has the same list as a type. What must stay true: numbers in, numbers out; the
// regions of memory are those of scan.as.ts, and nothing is allocated.

export { bitsAt, flagsAt, outAt, scanCodes, scanFlags, scanFloat64, scanInt32, scanInt64, valuesAt } from "./scan.as";
