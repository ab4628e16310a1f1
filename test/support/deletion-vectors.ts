import crc32 from 'crc-32';

/** A `RoaringBitmapArray` of one bitmap with one array container: positions below 65,536. */
export function roaringArray(positions: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 8 + 4 + 4 + 4 + 4 + 4 + positions.length * 2);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 1_681_511_377, true);
  view.setUint32(4, 1, true);
  view.setUint32(16, 12_346, true);
  view.setUint32(20, 1, true);
  view.setUint16(26, positions.length - 1, true);
  view.setUint32(28, 16, true);
  positions.forEach((position, index) => {
    view.setUint16(32 + index * 2, position, true);
  });
  return bytes;
}

/** A file of one deletion vector, at offset 1. */
export function deletionVectorFile(positions: readonly number[]): Uint8Array {
  const bytes = roaringArray(positions);
  const file = new Uint8Array(1 + 4 + bytes.length + 4);
  const view = new DataView(file.buffer);
  view.setUint8(0, 1);
  view.setInt32(1, bytes.length);
  file.set(bytes, 5);
  view.setInt32(5 + bytes.length, crc32.buf(bytes));
  return file;
}
