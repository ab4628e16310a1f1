const prime1: u64 = 0x9e3779b185ebca87;
const prime2: u64 = 0xc2b2ae3d27d4eb4f;
const prime3: u64 = 0x165667b19e3779f9;
const prime4: u64 = 0x85ebca77c2b2ae63;
const prime5: u64 = 0x27d4eb2f165667c5;

function round(held: u64, lane: u64): u64 {
  return rotl<u64>(held + lane * prime2, 31) * prime1;
}

function merged(hash: u64, held: u64): u64 {
  return (hash ^ round(0, held)) * prime1 + prime4;
}

/** XXH64 with seed 0 (the specification of xxHash, "XXH64 algorithm description"). */
export function xxhash64(from: usize, length: i32): u64 {
  const end = from + length;
  let at = from;
  let hash = prime5;
  if (length >= 32) {
    let held1 = prime1 + prime2;
    let held2 = prime2;
    let held3: u64 = 0;
    let held4 = 0 - prime1;
    for (; at + 32 <= end; at += 32) {
      held1 = round(held1, load<u64>(at));
      held2 = round(held2, load<u64>(at + 8));
      held3 = round(held3, load<u64>(at + 16));
      held4 = round(held4, load<u64>(at + 24));
    }
    hash = rotl<u64>(held1, 1) + rotl<u64>(held2, 7) + rotl<u64>(held3, 12) + rotl<u64>(held4, 18);
    hash = merged(merged(merged(merged(hash, held1), held2), held3), held4);
  }
  hash += <u64>length;
  for (; at + 8 <= end; at += 8) hash = rotl<u64>(hash ^ round(0, load<u64>(at)), 27) * prime1 + prime4;
  if (at + 4 <= end) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(at) * prime1), 23) * prime2 + prime3;
    at += 4;
  }
  for (; at < end; at++) hash = rotl<u64>(hash ^ (<u64>load<u8>(at) * prime5), 11) * prime1;
  hash = (hash ^ (hash >> 33)) * prime2;
  hash = (hash ^ (hash >> 29)) * prime3;
  return hash ^ (hash >> 32);
}
