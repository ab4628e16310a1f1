import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { framedDecoder } from '#formats/framed-decoder.ts';
import { framings } from '#formats/framing.ts';
import { decodeJson } from '#formats/json.ts';
import { jsonDecoder } from '#formats/json-decoder.ts';
import { msgpackDecoder } from '#formats/msgpack/msgpack-decoder.ts';
import { failure } from '#formats/payload-decoder.ts';
import { RegistryUnreachable, type SchemaRegistry } from '#formats/registry.ts';
import { confluentFramed } from '../../support/schema-registry.ts';

const uuid = 'b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63';
const glueFramed = (body: Uint8Array, compression = 0, id = uuid): Buffer =>
  Buffer.concat([Buffer.of(3, compression), Buffer.from(id.replaceAll('-', ''), 'hex'), body]);
const json = Buffer.from('{"a":1}');

function registryOf(known: readonly string[]) {
  const asked: string[] = [];
  const registry: SchemaRegistry = {
    async schemaById(id) {
      asked.push(id);
      return known.includes(id) ? { kind: 'json', text: `{"title":"T${id}"}`, references: [] } : undefined;
    },
  };
  return { asked, registry };
}

describe('framings', () => {
  test('Confluent: ids of 32 bits without sign', async () => {
    const { asked, registry } = registryOf(['4294967295']);
    const decoder = framedDecoder(framings.confluent, registry, () => decodeJson);
    const payload = confluentFramed(4_294_967_295, json);
    await decoder.prepare([payload, payload]);
    expect(decoder.decode(payload)).toMatchObject({ record: { names: ['a'] } });
    expect(asked).toEqual(['4294967295']);
  });

  test('Glue: plain and packed by zlib, with a limit', async () => {
    const { asked, registry } = registryOf([uuid]);
    const decoder = framedDecoder(framings.glue, registry, () => decodeJson);
    const payloads = [glueFramed(json), glueFramed(deflateSync(json), 5)];
    await decoder.prepare(payloads);
    for (const payload of payloads) expect(decoder.decode(payload)).toMatchObject({ record: { names: ['a'] } });
    expect(asked).toEqual([uuid]);
    const bomb = glueFramed(deflateSync(Buffer.alloc(17 * 1024 * 1024)), 5);
    expect(decoder.decode(bomb)).toMatchObject({ error: 'TooLarge', type: { id: uuid } });
    expect(decoder.decode(glueFramed(json, 5))).toMatchObject({ error: 'InvalidFraming', type: { id: uuid } });
  });

  test.each([
    ['confluent', Buffer.of()],
    ['confluent', json],
    ['confluent', Buffer.of(0, 0, 0, 1)],
    ['glue', Buffer.of()],
    ['glue', json],
    ['glue', glueFramed(json, 1)],
    ['glue', glueFramed(json).subarray(0, 17)],
  ] as const)('what is no framing of %s: %j', async (framing, payload) => {
    const decoder = framedDecoder(framings[framing], registryOf([]).registry, () => decodeJson);
    await decoder.prepare([payload]);
    expect(decoder.decode(payload)).toMatchObject({ kind: 'failure', error: 'InvalidFraming' });
  });
});

describe('schemas', () => {
  test('of which nothing can be made, whatever goes wrong, make failures', async () => {
    const decoder = framedDecoder(framings.confluent, registryOf(['5']).registry, () => {
      throw new RangeError('Maximum call stack size exceeded');
    });
    const payload = confluentFramed(5, json);
    await decoder.prepare([payload]);
    expect(decoder.decode(payload)).toMatchObject({
      error: 'UnusableSchema',
      message: 'schema 5: expected one that can be read: Maximum call stack size exceeded',
      type: { id: '5' },
    });
  });

  test('of MessagePack with types within types without end make failures', async () => {
    const levels = 20_000;
    const type = `${'{"type":"array","containsNull":true,"elementType":'.repeat(levels)}"long"${'}'.repeat(levels)}`;
    const text = `{"fields":[{"name":"a","type":${type}}]}`;
    const registry: SchemaRegistry = { schemaById: async () => ({ kind: 'msgpack', text, references: [] }) };
    const ports = { registryOf: () => registry, schemaFile: () => new Uint8Array() };
    const decoder = msgpackDecoder({ kind: 'msgpack', framing: 'confluent', registry: 'main' }, ports);
    const payload = confluentFramed(5, Buffer.of(0x80));
    await decoder.prepare([payload]);
    expect(decoder.decode(payload)).toMatchObject({ error: 'UnusableSchema' });
  });

  test('one that there is not makes failures, and is asked for again by the next batch', async () => {
    const known: string[] = [];
    const { asked, registry } = registryOf(known);
    const decoder = framedDecoder(framings.confluent, registry, () => decodeJson);
    const payload = confluentFramed(5, json);
    await decoder.prepare([payload]);
    expect(decoder.decode(payload)).toMatchObject({
      error: 'UnknownSchema',
      message: 'expected a schema that the registry has, got id 5',
      type: { id: '5' },
    });
    known.push('5');
    await decoder.prepare([payload]);
    expect(decoder.decode(payload).kind).toBe('record');
    await decoder.prepare([payload]);
    expect(asked).toEqual(['5', '5']);
  });

  test('one that cannot be used says so in each payload, with its id', async () => {
    const decoder = framedDecoder(framings.confluent, registryOf(['5']).registry, (_, id) =>
      failure('UnusableSchema', `schema ${id}: bad`),
    );
    const payload = confluentFramed(5, json);
    await decoder.prepare([payload]);
    expect(decoder.decode(payload)).toMatchObject({ error: 'UnusableSchema', type: { id: '5' } });
  });

  test('an outage is thrown; many ids are asked for a few at one time', async () => {
    let atOnce = 0;
    let most = 0;
    const slow: SchemaRegistry = {
      async schemaById() {
        most = Math.max(most, ++atOnce);
        await new Promise(setImmediate);
        atOnce--;
        return undefined;
      },
    };
    const payloads = Array.from({ length: 100 }, (_, id) => confluentFramed(id, json));
    await framedDecoder(framings.confluent, slow, () => decodeJson).prepare(payloads);
    expect(most).toBe(8);
    const down: SchemaRegistry = { schemaById: () => Promise.reject(new RegistryUnreachable('down')) };
    await expect(framedDecoder(framings.confluent, down, () => decodeJson).prepare(payloads)).rejects.toThrow('down');
  });
});

describe('JSON', () => {
  const ports = (known: readonly string[]) => ({
    registryOf: () => registryOf(known).registry,
    schemaFile: () => new Uint8Array(),
  });

  test('with a registry has the title of its schema; without, its id alone', async () => {
    const payload = confluentFramed(5, json);
    const named = jsonDecoder({ kind: 'json', framing: 'confluent', registry: 'main' }, ports(['5']));
    await named.prepare([payload]);
    expect(named.decode(payload)).toMatchObject({ record: { raw: '{"a":1}' }, type: { name: 'T5', id: '5' } });
    const bare = jsonDecoder({ kind: 'json', framing: 'confluent' }, ports([]));
    const list = confluentFramed(6, Buffer.from('[]'));
    await bare.prepare([payload, list]);
    expect(bare.decode(payload)).toMatchObject({ record: { raw: '{"a":1}' }, type: { name: undefined, id: '5' } });
    expect(bare.decode(list)).toMatchObject({ error: 'NotAnObject', type: { id: '6' } });
  });
});
