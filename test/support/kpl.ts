import { createHash } from 'node:crypto';
import { BinaryWriter } from '@bufbuild/protobuf/wire';

const lengthDelimited = 2;
const varint = 0;

/** What the Kinesis Producer Library would put on a stream for several user records. */
export function aggregate(records: readonly { key: string; data: string }[]): Uint8Array {
  const keys = [...new Set(records.map(({ key }) => key))];
  const message = new BinaryWriter();
  for (const key of keys) message.tag(1, lengthDelimited).string(key);
  for (const { key, data } of records) {
    const record = new BinaryWriter()
      .tag(1, varint)
      .uint64(keys.indexOf(key))
      .tag(3, lengthDelimited)
      .bytes(Buffer.from(data));
    message.tag(3, lengthDelimited).bytes(record.finish());
  }
  const bytes = message.finish();
  return Buffer.concat([Buffer.from('f3899ac2', 'hex'), bytes, createHash('md5').update(bytes).digest()]);
}
