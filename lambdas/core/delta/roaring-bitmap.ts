import { CorruptLog } from './errors.ts';

const arrayMagic = 1_681_511_377;
const cookieWithRuns = 12_347;
const cookieWithoutRuns = 12_346;
/** A container of more values than this is a bit set. */
const greatestArray = 4_096;
const bitSetBytes = 8_192;
/** Containers are found by their order; offsets follow the header from this many on where there are runs. */
const leastOffsets = 4;

/**
 * Values of a `RoaringBitmapArray` in its portable form, ascending: a magic number, then 32-bit Roaring bitmaps by the values'
 * upper halves (PROTOCOL.md, "Deletion Vector Format"; RoaringFormatSpec). No pure JavaScript package reads it.
 *
 * @throws {CorruptLog} when the bytes say otherwise.
 */
export function valuesOfRoaringArray(bytes: Uint8Array): number[] {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  try {
    const magic = uint32(reader);
    if (magic !== arrayMagic) throw new CorruptLog(`expected the magic number ${arrayMagic}, got ${magic}`);
    const bitmaps = uint32(reader) + uint32(reader) * 2 ** 32;
    const values: number[] = [];
    for (let index = 0; index < bitmaps; index++) appendBitmap(values, uint32(reader) * 2 ** 32, reader);
    return values;
  } catch (cause) {
    if (cause instanceof CorruptLog) throw cause;
    throw new CorruptLog(`expected a whole bitmap, its ${bytes.length} bytes end within one`, { cause });
  }
}

interface Reader {
  view: DataView;
  offset: number;
}

const uint16 = (reader: Reader): number => {
  reader.offset += 2;
  return reader.view.getUint16(reader.offset - 2, true);
};

const uint32 = (reader: Reader): number => {
  reader.offset += 4;
  return reader.view.getUint32(reader.offset - 4, true);
};

interface Container {
  kind: 'array' | 'bitSet' | 'runs';
  base: number;
  cardinality: number;
}

function appendBitmap(values: number[], base: number, reader: Reader): void {
  for (const { kind, base: first, cardinality } of containersOf(reader)) {
    const from = base + first;
    switch (kind) {
      case 'array':
        for (let index = 0; index < cardinality; index++) values.push(from + uint16(reader));
        break;
      case 'runs':
        for (let runs = uint16(reader); runs > 0; runs--) {
          const start = from + uint16(reader);
          const last = start + uint16(reader);
          for (let value = start; value <= last; value++) values.push(value);
        }
        break;
      case 'bitSet':
        for (let byte = 0; byte < bitSetBytes; byte++) {
          const bits = reader.view.getUint8(reader.offset + byte);
          for (let bit = 0; bits >> bit > 0; bit++) if ((bits >> bit) & 1) values.push(from + byte * 8 + bit);
        }
        reader.offset += bitSetBytes;
        break;
      default:
        kind satisfies never;
    }
  }
}

function containersOf(reader: Reader): Container[] {
  const cookie = uint32(reader);
  const hasRuns = (cookie & 0xffff) === cookieWithRuns;
  if (!hasRuns && cookie !== cookieWithoutRuns) {
    throw new CorruptLog(`expected the cookie ${cookieWithRuns} or ${cookieWithoutRuns}, got ${cookie}`);
  }
  const count = hasRuns ? (cookie >>> 16) + 1 : uint32(reader);
  const runFlags = reader.offset;
  if (hasRuns) reader.offset += Math.ceil(count / 8);
  const isRuns = (index: number) => hasRuns && (reader.view.getUint8(runFlags + (index >> 3)) >> (index & 7)) & 1;
  const containers: Container[] = [];
  for (let index = 0; index < count; index++) {
    const base = uint16(reader) * 65_536;
    const cardinality = uint16(reader) + 1;
    containers.push({
      kind: isRuns(index) ? 'runs' : cardinality > greatestArray ? 'bitSet' : 'array',
      base,
      cardinality,
    });
  }
  if (!hasRuns || count >= leastOffsets) reader.offset += count * 4;
  return containers;
}
