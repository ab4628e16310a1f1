import { createHash } from 'node:crypto';
import { BinaryReader } from '@bufbuild/protobuf/wire';

const magic = [0xf3, 0x89, 0x9a, 0xc2] as const;
const digestBytes = 16;

/** One user record of an aggregate. */
export interface UserRecord {
  partitionKey: string;
  data: Uint8Array;
}

/** The first three bytes of `magic` in base64. */
const magicBase64 = '84ma';

/** Whether a Kinesis record's base64 begins as aggregates do. */
export const isAggregate = (base64: string): boolean => base64.startsWith(magicBase64);

/**
 * Takes a Kinesis record apart that the Kinesis Producer Library aggregated: magic, Protobuf `AggregatedRecord`, MD5 of the
 * Protobuf (KPL's aggregation-format.md). Nothing where it is no aggregate: such data is one user record, as in the KCL.
 */
export function deaggregate(data: Uint8Array): UserRecord[] | undefined {
  if (data.length < magic.length + digestBytes || magic.some((byte, index) => data[index] !== byte)) return undefined;
  const message = data.subarray(magic.length, data.length - digestBytes);
  const digest = createHash('md5').update(message).digest();
  if (!digest.equals(data.subarray(data.length - digestBytes))) return undefined;
  try {
    return readAggregate(message);
  } catch {
    return undefined;
  }
}

function readAggregate(message: Uint8Array): UserRecord[] | undefined {
  const keys: string[] = [];
  const records: { keyIndex: number; data: Uint8Array }[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) keys.push(reader.string());
    else if (field === 3) records.push(readRecord(reader.bytes()));
    else reader.skip(wireType);
  }
  if (records.some(({ keyIndex }) => keys[keyIndex] === undefined)) return undefined;
  if (records.length === 0) return undefined;
  return records.map(({ keyIndex, data }) => ({ partitionKey: keys[keyIndex] as string, data }));
}

function readRecord(message: Uint8Array): { keyIndex: number; data: Uint8Array } {
  let keyIndex = -1;
  let data: Uint8Array = new Uint8Array();
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) keyIndex = Number(reader.uint64());
    else if (field === 3) data = reader.bytes();
    else reader.skip(wireType);
  }
  return { keyIndex, data };
}
