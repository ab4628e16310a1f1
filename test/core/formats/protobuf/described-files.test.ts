import descriptor from 'protobufjs/ext/descriptor.js';
import { expect, test } from 'vitest';
import { DecodedRecord } from '#formats/decoded-value.ts';
import { MessagePlans } from '#formats/protobuf/message-plan.ts';
import { loadProtoSchema, messageNamed } from '#formats/protobuf/proto-schema.ts';
import { readMessage } from '#formats/protobuf/read-message.ts';

test('a default of bytes is read without the escapes that descriptors have in it', () => {
  const bytesField = { name: 'b', number: 1, label: 1, type: 12, defaultValue: 'a\\001\\377\\"' };
  const inner = { name: 'Inner', field: [bytesField] };
  const innerField = { name: 'inner', number: 2, label: 1, type: 11, typeName: '.Outer.Inner' };
  const text = { name: 's', number: 3, label: 1, type: 9, defaultValue: 'a\\001' };
  const outer = { name: 'Outer', field: [bytesField, innerField, text], nestedType: [inner] };
  const file = { name: 'a.proto', syntax: 'proto2', messageType: [outer] };
  const bytes = descriptor.FileDescriptorSet.encode({ file: [file] }).finish();
  const schema = loadProtoSchema({ kind: 'descriptors', bytes });
  const record = readMessage(Uint8Array.of(0x12, 0), new MessagePlans().planOf(messageNamed(schema, 'Outer')));
  const written = Uint8Array.of(0x61, 1, 0xff, 0x22);
  if (!(record instanceof DecodedRecord)) throw new Error(record.message);
  const [own, within, string] = record.values;
  expect(new Uint8Array(own as Uint8Array)).toEqual(written);
  expect(new Uint8Array((within as DecodedRecord).values[0] as Uint8Array)).toEqual(written);
  expect(string).toBe('a\\001');
});
