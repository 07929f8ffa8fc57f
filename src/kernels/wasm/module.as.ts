// THE list of what the WebAssembly kernels export; compiled by scripts/build-wasm.mjs.
// Called by kernels/arena.ts, which has the same list as a type. What must stay true: numbers in, numbers out; addresses
// are bytes of the module's own memory, and no kernel allocates.

export {
  bitsOfCode,
  countBits,
  fillBits,
  firstBit,
  keepAnswers,
  keepBetween,
  keepBits,
  keepFlags,
  keepNumbers,
  maskSlots,
  narrowCodes,
  rowsOfBits,
  sumBits,
  sumWholeBits,
} from "./bits.as";
export {
  gatherFloat64,
  gatherInt32,
  selectBetween,
  selectBytes,
  selectCodes,
  selectMapped,
  selectTaken,
} from "./select.as";
export {
  addBuckets,
  addCodes,
  countFewSlots,
  countMarks,
  countSlots,
  fillSlots,
  hasNews,
  markCodes,
  markSlots,
  maskNulls,
  maxBySlot,
  minBySlot,
  noteSlots,
  packPresent,
  sharedSlot,
} from "./slots.as";
export { highBounds, packBySlot, packNumbers, pickCells, scatterBySlot, sumCells } from "./digests.as";
export { areWhole, mergeSums, sumBySlot, sumOne, sumWhole, sumWholeBySlot } from "./sums.as";
export { collectBins, countBins, liftedOrder } from "./percentiles.as";

/** First byte of memory that the module does not use itself. */
export function heapBase(): usize {
  return __heap_base;
}
