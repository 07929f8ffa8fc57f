// The usual document inside a string: one object of numbers whose keys have no escapes, as in {\"input_tokens\": 5}.
// Called by the steps. It is read where it stands, straight into the slots of a scope: its numbers become nodes behind
// those of the record. What must stay true: what is accepted is what a tape of the text would give; anything else is
// left to openInner(), which then fills the scope anew.

import { END, FLAT_NODES, flatNodes, KIND, NODE, tape } from "./memory.as";
import { emptySlots, ENTRY_LENGTH, ENTRY_NEXT, ENTRY_SLOT, FIRST, fillInner, isKey, lookUp } from "./scope.as";
import { number } from "./tape.as";

const NUMBER: u8 = 5;
/** A backslash, and one before a quote. */
const SLASH: u8 = 0x5c;
const SLASH_QUOTE: u16 = 0x225c;

// @ts-ignore: decorator
@inline
function blanks(at: usize): usize {
  while (load<u8>(at) == 0x20) at += 1;
  return at;
}

/** As fill(), for the document in the string `node`. False: it is no flat object of numbers. */
export function fillFlat(scope: usize, doc: usize, node: i32): bool {
  const end = doc + <usize>load<u32>(tape + node, END) - 1;
  let at = doc + <usize>load<u32>(tape + node) + 1;
  if (load<u8>(at) != 0x7b) return false;
  emptySlots(scope, node);
  let link = scope + FIRST;
  at = blanks(at + 1);
  for (let member = flatNodes; member < flatNodes + FLAT_NODES * NODE; member += NODE) {
    if (load<u16>(at) != SLASH_QUOTE) return false;
    at += 2;
    const entry = <usize>load<u32>(link);
    let slot = load<u32>(entry, ENTRY_SLOT);
    if (isKey(entry, at) && load<u8>(at + <usize>load<u32>(entry, ENTRY_LENGTH)) == SLASH) {
      at += load<u32>(entry, ENTRY_LENGTH);
      link = entry + ENTRY_NEXT;
    } else {
      const key = at;
      while (at < end && load<u8>(at) != SLASH) at += 1;
      slot = lookUp(scope, link, key, <u32>(at - key));
      link = <usize>load<u32>(link) + ENTRY_NEXT;
    }
    if (at >= end || load<u16>(at) != SLASH_QUOTE) return false;
    at = blanks(at + 2);
    if (load<u8>(at) != 0x3a) return false;
    at = blanks(at + 1);
    const behind = number(at);
    if (behind == 0) return false;
    store<u32>(tape + member, NUMBER, KIND);
    store<u32>(tape + member, <u32>(at - doc));
    store<u32>(tape + member, <u32>(behind - doc), END);
    store<u32>(<usize>slot, member);
    at = blanks(behind);
    const byte = load<u8>(at);
    at = blanks(at + 1);
    if (byte == 0x7d) return at == end && fillInner(scope, doc);
    if (byte != 0x2c) return false;
  }
  return false;
}
