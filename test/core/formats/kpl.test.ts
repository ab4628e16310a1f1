import { createHash } from 'node:crypto';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { expect, test } from 'vitest';
import { deaggregate } from '#formats/kpl.ts';
import { kplAggregate } from '../../support/kpl-aggregate.ts';

const aggregate = (...records: [partitionKey: string, data: string][]) =>
  kplAggregate(records.map(([partitionKey, data]) => ({ partitionKey, data: Buffer.from(data) })));

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test('an aggregate comes apart into its user records, in order', () => {
  const records = deaggregate(aggregate(['a', 'one'], ['b', ''], ['a', 'three']));
  expect(records?.map(({ partitionKey, data }) => [partitionKey, text(data)])).toEqual([
    ['a', 'one'],
    ['b', ''],
    ['a', 'three'],
  ]);
});

test.each([
  ['too short', new Uint8Array([0xf3, 0x89, 0x9a, 0xc2])],
  ['other bytes', new TextEncoder().encode('{"a":1,"b":"some more text"}')],
  ['a wrong digest', aggregate(['a', 'one']).with(-1, 0)],
  ['a key that the table lacks', withDigest(new BinaryWriter().tag(3, 2).bytes(recordOf(5)).finish())],
  ['no records', withDigest(new BinaryWriter().tag(1, 2).string('a').finish())],
  ['a torn message', withDigest(new Uint8Array([0x1a, 0x7f, 1]))],
])('%s: one record as it is', (_, data) => {
  expect(deaggregate(data)).toBeUndefined();
});

function recordOf(keyIndex: number): Uint8Array {
  return new BinaryWriter()
    .tag(1, 0)
    .uint64(keyIndex)
    .tag(3, 2)
    .bytes(new Uint8Array([1]))
    .finish();
}

function withDigest(message: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, createHash('md5').update(message).digest()]);
}
