// Selection vectors and gathering: which rows pass a test, and their values side by side.
// Called by kernels/arena.ts's users. What must stay true: positions ascend; the loops have no branch on data: every row
// writes its position, and only hits advance. `positions` 0 stands for the rows [0, count).

/** Rows whose code has the answer 1 in `table`, which starts with the answer for null. Gives how many. */
export function selectMapped(codes: usize, table: usize, positions: usize, count: u32, out: usize): u32 {
  let to = out;
  if (positions == 0) {
    for (let row: u32 = 0; row < count; row++) {
      store<u32>(to, row);
      to += <usize>(load<u8>(table + <usize>(load<i32>(codes + ((<usize>row) << 2)) + 1)) & 1) << 2;
    }
  } else {
    for (let i: u32 = 0; i < count; i++) {
      const row = load<u32>(positions + ((<usize>i) << 2));
      store<u32>(to, row);
      to += <usize>(load<u8>(table + <usize>(load<i32>(codes + ((<usize>row) << 2)) + 1)) & 1) << 2;
    }
  }
  return <u32>((to - out) >> 2);
}

/** Rows whose number lies in [least, most]; never a missing one. */
export function selectBetween(values: usize, least: f64, most: f64, positions: usize, count: u32, out: usize): u32 {
  let to = out;
  if (positions == 0) {
    for (let row: u32 = 0; row < count; row++) {
      const value = load<f64>(values + ((<usize>row) << 3));
      store<u32>(to, row);
      to += <usize>(i32(value >= least) & i32(value <= most)) << 2;
    }
  } else {
    for (let i: u32 = 0; i < count; i++) {
      const row = load<u32>(positions + ((<usize>i) << 2));
      const value = load<f64>(values + ((<usize>row) << 3));
      store<u32>(to, row);
      to += <usize>(i32(value >= least) & i32(value <= most)) << 2;
    }
  }
  return <u32>((to - out) >> 2);
}

/** Rows whose byte has the low bit: truth values and flags. */
export function selectBytes(bytes: usize, positions: usize, count: u32, out: usize): u32 {
  let to = out;
  if (positions == 0) {
    for (let row: u32 = 0; row < count; row++) {
      store<u32>(to, row);
      to += <usize>(load<u8>(bytes + row) & 1) << 2;
    }
  } else {
    for (let i: u32 = 0; i < count; i++) {
      const row = load<u32>(positions + ((<usize>i) << 2));
      store<u32>(to, row);
      to += <usize>(load<u8>(bytes + row) & 1) << 2;
    }
  }
  return <u32>((to - out) >> 2);
}

/** Rows whose `bytes[index]` has the low bit; `index` of a row less `first` is a place in `bytes`. */
export function selectTaken(index: usize, bytes: usize, first: i32, positions: usize, count: u32, out: usize): u32 {
  const base = bytes - <usize>first;
  let to = out;
  if (positions == 0) {
    for (let row: u32 = 0; row < count; row++) {
      store<u32>(to, row);
      to += <usize>(load<u8>(base + <usize>load<i32>(index + ((<usize>row) << 2))) & 1) << 2;
    }
  } else {
    for (let i: u32 = 0; i < count; i++) {
      const row = load<u32>(positions + ((<usize>i) << 2));
      store<u32>(to, row);
      to += <usize>(load<u8>(base + <usize>load<i32>(index + ((<usize>row) << 2))) & 1) << 2;
    }
  }
  return <u32>((to - out) >> 2);
}

/** Rows whose code is there. */
export function selectCodes(codes: usize, positions: usize, count: u32, out: usize): u32 {
  let to = out;
  if (positions == 0) {
    for (let row: u32 = 0; row < count; row++) {
      store<u32>(to, row);
      to += <usize>(~load<u32>(codes + ((<usize>row) << 2)) >> 31) << 2;
    }
  } else {
    for (let i: u32 = 0; i < count; i++) {
      const row = load<u32>(positions + ((<usize>i) << 2));
      store<u32>(to, row);
      to += <usize>(~load<u32>(codes + ((<usize>row) << 2)) >> 31) << 2;
    }
  }
  return <u32>((to - out) >> 2);
}

/** `out[i] = values[positions[i] - first]`. */
export function gatherFloat64(values: usize, first: u32, positions: usize, count: u32, out: usize): void {
  const base = values - ((<usize>first) << 3);
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(positions + (i << 2));
    store<f64>(out + (i << 3), load<f64>(base + ((<usize>row) << 3)));
  }
}

/** `out[i] = values[positions[i] - first]`. */
export function gatherInt32(values: usize, first: u32, positions: usize, count: u32, out: usize): void {
  const base = values - ((<usize>first) << 2);
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(positions + (i << 2));
    store<u32>(out + (i << 2), load<u32>(base + ((<usize>row) << 2)));
  }
}
