// Entries of a leaf are kept as three arrays of i32: definition level, repetition level, and the row in the vector at hand, -1
// where something above is null or empty.

/** One entry a row. */
export function enterRows(count: i32, definitions: usize, repetitions: usize, rows: usize): void {
  memory.fill(definitions, 0, (<usize>count) << 2);
  memory.fill(repetitions, 0, (<usize>count) << 2);
  for (let entry = 0; entry < count; entry++) store<i32>(rows + (entry << 2), entry);
}

/** One level of definition more for the entries whose row is not null; `validity` 0: none is null. */
export function enterOptional(validity: usize, count: i32, definitions: usize, rows: usize): void {
  for (let entry = 0; entry < count; entry++) {
    const row = load<i32>(rows + (entry << 2));
    if (row < 0) continue;
    if (validity == 0 || ((load<u8>(validity + (row >> 3)) >> <u8>(row & 7)) & 1) != 0) {
      store<i32>(definitions + (entry << 2), load<i32>(definitions + (entry << 2)) + 1);
    } else store<i32>(rows + (entry << 2), -1);
  }
}

/** How many entries there are once lists are entered. */
export function entriesInLists(offsets: usize, count: i32, rows: usize): i32 {
  let entries = 0;
  for (let entry = 0; entry < count; entry++) {
    const row = load<i32>(rows + (entry << 2));
    if (row < 0) entries++;
    else entries += max(1, load<i32>(offsets + ((row + 1) << 2)) - load<i32>(offsets + (row << 2)));
  }
  return entries;
}

/** One entry for each item, one level of definition more, `repetition` for all but a list's first; one for an empty list. */
export function enterLists(
  offsets: usize,
  count: i32,
  repetition: i32,
  definitions: usize,
  repetitions: usize,
  rows: usize,
  outDefinitions: usize,
  outRepetitions: usize,
  outRows: usize,
): void {
  let to: usize = 0;
  for (let entry = 0; entry < count; entry++) {
    const row = load<i32>(rows + (entry << 2));
    const definition = load<i32>(definitions + (entry << 2));
    const first = row < 0 ? 0 : load<i32>(offsets + (row << 2));
    const end = row < 0 ? 0 : load<i32>(offsets + ((row + 1) << 2));
    store<i32>(outRepetitions + to, load<i32>(repetitions + (entry << 2)));
    if (first == end) {
      store<i32>(outDefinitions + to, definition);
      store<i32>(outRows + to, -1);
      to += 4;
      continue;
    }
    for (let item = first; item < end; item++) {
      if (item > first) store<i32>(outRepetitions + to, repetition);
      store<i32>(outDefinitions + to, definition + 1);
      store<i32>(outRows + to, item);
      to += 4;
    }
  }
}

/** Rows of the entries that have a value; answers how many. */
export function placesOfEntries(rows: usize, count: i32, out: usize): i32 {
  let to = out;
  for (let entry = 0; entry < count; entry++) {
    const row = load<i32>(rows + (entry << 2));
    store<i32>(to, row);
    to += row < 0 ? 0 : 4;
  }
  return <i32>((to - out) >> 2);
}

/** The entry at which row number `rowCount`, counted from `first`, begins; `count` where there are no more rows. */
export function entryAfterRows(repetitions: usize, count: i32, first: i32, rowCount: i32): i32 {
  let entry = first;
  for (let left = rowCount; entry < count; entry++) {
    if (load<i32>(repetitions + (entry << 2)) != 0) continue;
    if (left == 0) return entry;
    left--;
  }
  return count;
}

/** How many of the entries from `first` to `end` have `level`. */
export function countLevels(levels: usize, first: i32, end: i32, level: i32): i32 {
  let total = 0;
  for (let entry = first; entry < end; entry++) total += <i32>(load<i32>(levels + (entry << 2)) == level);
  return total;
}
