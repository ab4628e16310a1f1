import { createHash } from 'node:crypto';
import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** A Kinesis record as the KPL aggregates user records (its aggregation-format.md): magic, `AggregatedRecord`, MD5. */
export function kplAggregate(records: readonly { partitionKey: string; data: Uint8Array }[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { partitionKey } of records) writer.tag(1, 2).string(partitionKey);
  records.forEach(({ data }, index) => {
    writer.tag(3, 2).fork().tag(1, 0).uint64(index).tag(3, 2).bytes(data).join();
  });
  const message = writer.finish();
  return Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, createHash('md5').update(message).digest()]);
}
