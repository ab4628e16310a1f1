import { createHash } from 'node:crypto';
import { BinaryReader } from '@bufbuild/protobuf/wire';

const magic = Buffer.from('f3899ac2', 'hex');
const digestBytes = 16;
const recordsField = 3;

/**
 * How many user records a Kinesis record holds that the KPL aggregated (magic, Protobuf, its MD5); nothing for any other
 * record.
 */
export function aggregateSize(data: Uint8Array): number | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length < magic.length + digestBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const message = bytes.subarray(magic.length, -digestBytes);
  const digest = createHash('md5').update(message).digest();
  if (!digest.equals(bytes.subarray(-digestBytes))) return undefined;
  const reader = new BinaryReader(message);
  let count = 0;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === recordsField) count++;
    reader.skip(wireType);
  }
  return count === 0 ? undefined : count;
}
