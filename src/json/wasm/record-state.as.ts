// What the steps of a record share: the document at hand, what is known of the record, and how a value is looked at.
// Used by steps.as.ts, field-steps.as.ts and span-steps.as.ts. What must stay true: begin() starts a record; while a
// document inside a string is open, `doc` is its own.

import { END, KIND, tape } from "./memory.as";

export const OBJECT: u8 = 1;
export const ARRAY: u8 = 2;
export const STRING: u8 = 3;
export const NUMBER: u8 = 5;
export const TRUE: u8 = 6;
export const FALSE: u8 = 7;
export const NULL: u8 = 8;

/** What a step or a record came to. */
export const DONE: i32 = 0;
export const DECLINED: i32 = 1;
/** No room: to be run again when the rows at hand were taken. */
export const FULL: i32 = 2;
/** A text must be looked at first: to be run again when its dictionary was gone through. */
export const UNKNOWN: i32 = 3;

/** Address of byte 0 of the document at hand. */
export let doc: usize = 0;
/** Byte of the document where the record begins. */
export let bias: u32 = 0;
export let maxDepth: u32 = 0;
/** Whether places are kept. */
export let places: bool = false;
/** Spans with an error. */
export let errors: u32 = 0;
export let negativeDurations: u32 = 0;
export let traceId: usize = 0;
/** 0: none found. */
export let traceIdLength: u32 = 0;
/** The string that was read last as a flat object; -1: none. */
export let flat: i32 = -1;
/** Whether the start of the trace is known. */
export let hasStart: bool = false;

/** Starts a record. */
export function begin(document: usize, first: u32, hasPlaces: bool, depth: u32): void {
  doc = document;
  bias = first;
  places = hasPlaces;
  maxDepth = depth;
  errors = 0;
  negativeDurations = 0;
  traceIdLength = 0;
  hasStart = false;
  flat = -1;
}

export function setDoc(document: usize): void { doc = document; }
export function addError(): void { errors += 1; }
export function addNegativeDuration(): void { negativeDurations += 1; }
export function setTraceId(at: usize, length: u32): void {
  traceId = at;
  traceIdLength = length;
}
export function setFlat(node: i32): void { flat = node; }
export function setStart(): void { hasStart = true; }
export function negativeDurationCount(): u32 { return negativeDurations; }
export function traceIdAt(): usize { return traceId; }
export function traceIdBytes(): u32 { return traceIdLength; }

// @ts-ignore: decorator
@inline
export function kindOf(node: i32): u8 {
  return load<u8>(tape + node, KIND);
}

// @ts-ignore: decorator
@inline
export function startOf(node: i32): usize {
  return doc + <usize>load<u32>(tape + node);
}

// @ts-ignore: decorator
@inline
export function endOf(node: i32): usize {
  return doc + <usize>load<u32>(tape + node, END);
}

/** 1 for strings: their quotes are no part of their text. */
// @ts-ignore: decorator
@inline
export function quotes(kind: u8): usize {
  return kind == STRING ? 1 : 0;
}
