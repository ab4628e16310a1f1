/** Eight bytes as one number, the first the highest. */
function reversed(from: usize): u64 {
  const bytes = v128.load64_zero(from);
  return v128.extract_lane<u64>(v128.shuffle<u8>(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0), 0);
}

/** Up to eight bytes as one number, zeroes behind: orders as the bytes do until they differ. */
export function prefixOf(from: usize, length: i32): u64 {
  if (length <= 0) return 0;
  const prefix = reversed(from);
  return length >= 8 ? prefix : prefix & (~(<u64>0) << (<u64>(64 - length * 8)));
}

/** Below zero when the left bytes come first. */
export function compareBytes(left: usize, leftLength: i32, right: usize, rightLength: i32): i32 {
  const shared = min(leftLength, rightLength);
  for (let at = 0; at < shared; at += 8) {
    const a = prefixOf(left + at, shared - at);
    const b = prefixOf(right + at, shared - at);
    if (a != b) return a < b ? -1 : 1;
  }
  return leftLength - rightLength;
}

/** How many of the first `length` bytes are the same. */
export function sharedBytes(left: usize, right: usize, length: i32): i32 {
  for (let at = 0; at < length; at += 8) {
    const difference = load<u64>(left + at) ^ load<u64>(right + at);
    if (difference != 0) return min(length, at + <i32>(ctz<u64>(difference) >> 3));
  }
  return length;
}

export function equalBytes(left: usize, right: usize, length: i32): bool {
  if (length >= 16) {
    const last = length - 16;
    for (let at = 0; at < last; at += 16) {
      if (v128.any_true(v128.xor(v128.load(left + at), v128.load(right + at)))) return false;
    }
    return !v128.any_true(v128.xor(v128.load(left + last), v128.load(right + last)));
  }
  if (length >= 8) {
    const last = length - 8;
    return ((load<u64>(left) ^ load<u64>(right)) | (load<u64>(left + last) ^ load<u64>(right + last))) == 0;
  }
  return length == 0 || (load<u64>(left) ^ load<u64>(right)) << (<u64>(64 - length * 8)) == 0;
}

/** Copies sixteen bytes at a time: writes up to fifteen bytes past the end. */
export function copyBytes(to: usize, from: usize, length: i32): void {
  if (length > 256) {
    memory.copy(to, from, length);
    return;
  }
  for (let at = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
}
