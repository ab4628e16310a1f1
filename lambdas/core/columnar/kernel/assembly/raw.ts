import { maxDepth, mostOpenNames, mostRawNames } from './layout';
import { readNumber } from './number';
import { plainEnd, unescape } from './text';

const quote: u8 = 0x22;

/** Where the record that is read ends: a line break stands there. */
let recordEnd: usize = 0;
/** Names of the objects around: start and end of each. */
let names: usize = 0;
let openNames: i32 = 0;
/** Room for a text that is read only to see whether it is one. */
let scratch: usize = 0;

/** `nameStack` holds `mostOpenNames` pairs of addresses; `room` as many bytes as the longest record. */
export function useRoom(nameStack: usize, room: usize): void {
  names = nameStack;
  scratch = room;
}

export function enterRecord(end: usize): void {
  recordEnd = end;
  openNames = 0;
}

/** Steps over white space, within the record. */
export function space(p: usize): usize {
  while (p < recordEnd) {
    const c = load<u8>(p);
    if (c != 0x20 && c != 0x0a && c != 0x0d && c != 0x09) break;
    p++;
  }
  return p;
}

/** Steps over a text whose opening quote is at `p`; 0 where it is none. */
export function skipText(p: usize): usize {
  const start = p + 1;
  let end = plainEnd(start);
  if (load<u8>(end) == quote) return end + 1;
  if (load<u8>(end) != 0x5c) return 0;
  end = unescape(start, end, scratch);
  return end == 0 ? 0 : end + 1;
}

/**
 * Steps over a value of any kind, which stands inside `depth` others; 0 where it is none, too deep, or has a name twice.
 * `undecided`: nothing but null, and empty lists and objects, or such of such.
 */
export function skipValue(p: usize, depth: i32, undecided: bool): usize {
  const c = load<u8>(p);
  switch (c) {
    case 0x7b:
      return skipObject(p + 1, depth + 1, undecided);
    case 0x5b:
      return skipList(p + 1, depth + 1, undecided);
    case 0x6e:
      return load<u32>(p) == 0x6c6c756e ? p + 4 : 0;
  }
  if (undecided) return 0;
  switch (c) {
    case 0x22:
      return skipText(p);
    case 0x74:
      return load<u32>(p) == 0x65757274 ? p + 4 : 0;
    case 0x66:
      return load<u32>(p, 1) == 0x65736c61 ? p + 5 : 0;
    default:
      return readNumber(p);
  }
}

function skipList(p: usize, depth: i32, undecided: bool): usize {
  if (depth > maxDepth) return 0;
  p = space(p);
  if (load<u8>(p) == 0x5d) return p + 1;
  while (true) {
    p = skipValue(p, depth, undecided);
    if (p == 0) return 0;
    p = space(p);
    const c = load<u8>(p++);
    if (c == 0x5d) return p;
    if (c != 0x2c) return 0;
    p = space(p);
  }
}

function skipObject(p: usize, depth: i32, undecided: bool): usize {
  if (depth > maxDepth) return 0;
  const first = openNames;
  let met: u64 = 0;
  p = space(p);
  if (load<u8>(p) == 0x7d) return p + 1;
  while (true) {
    if (load<u8>(p) != quote) return 0;
    const end = plainEnd(p + 1);
    if (load<u8>(end) != quote) return 0;
    const length = <u32>(end - p);
    const bit: u64 = 1 << (<u64>((length * 7 + <u32>load<u8>(p, 1) + <u32>load<u8>(end - 1) * 5) & 63));
    if ((met & bit) != 0 && isOpen(first, p, length)) return 0;
    met |= bit;
    if (openNames - first >= mostRawNames || openNames >= mostOpenNames) return 0;
    const name = names + ((<usize>openNames) << 3);
    store<u32>(name, <u32>p);
    store<u32>(name, length, 4);
    openNames++;
    p = space(end + 1);
    if (load<u8>(p) != 0x3a) return 0;
    p = skipValue(space(p + 1), depth, undecided);
    if (p == 0) return 0;
    p = space(p);
    const c = load<u8>(p++);
    if (c == 0x7d) break;
    if (c != 0x2c) return 0;
    p = space(p);
  }
  openNames = first;
  return p;
}

/** Whether one of the names from number `first` on is the same. */
function isOpen(first: i32, start: usize, length: u32): bool {
  for (let index = first; index < openNames; index++) {
    const name = names + ((<usize>index) << 3);
    if (load<u32>(name, 4) == length && memory.compare(<usize>load<u32>(name), start, <usize>length) == 0) return true;
  }
  return false;
}
