import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cachedRegistry } from '#adapters/registries/cached-registry.ts';
import { confluentRegistry } from '#adapters/registries/confluent-registry.ts';
import { registryAccess } from '#adapters/registries/registry-secret.ts';
import { avroDecoder } from '#formats/avro/avro-decoder.ts';
import { RegistryUnreachable } from '#formats/registry.ts';
import { confluentFramed, TestSchemaRegistry } from '../../../support/schema-registry.ts';

let server: TestSchemaRegistry;
beforeEach(async () => {
  server = await TestSchemaRegistry.start();
});
afterEach(() => server[Symbol.asyncDispose]());

const client = (more: { secret?: object; timeoutMs?: number } = {}) =>
  confluentRegistry({
    url: `${server.url}/`,
    timeoutMs: more.timeoutMs ?? 2_000,
    access: async () => (more.secret === undefined ? { headers: {} } : registryAccess(JSON.stringify(more.secret))),
  });

describe('schemas', () => {
  test('by id, of each kind', async () => {
    const avro = server.register({ type: 'string' });
    const json = server.register({ title: 'T' }, { schemaType: 'JSON' });
    expect(await client().schemaById(String(avro))).toEqual({
      kind: 'avro',
      text: '{"type":"string"}',
      references: [],
    });
    expect(await client().schemaById(String(json))).toMatchObject({ kind: 'json' });
    expect(await client().schemaById('99')).toBeUndefined();
  });

  test('with those that they refer to, each before who refers to it and once', async () => {
    const cents = server.register({ name: 'Cents' });
    const money = server.register(
      { name: 'Money' },
      { references: [{ name: 'Cents', subject: `${cents}`, version: 1 }] },
    );
    const order = server.register(
      { name: 'Order' },
      {
        references: [
          { name: 'Money', subject: `${money}`, version: 1 },
          { name: 'Cents', subject: `${cents}`, version: 1 },
        ],
      },
    );
    const found = await client().schemaById(`${order}`);
    expect(found).toMatchObject({ references: [{ name: 'Cents' }, { name: 'Money' }] });
  });
});

describe('who asks', () => {
  test.each([
    [{ username: 'reader', password: 'p:ä' }, `Basic ${Buffer.from('reader:p:ä').toString('base64')}`],
    [{ token: 'abc' }, 'Bearer abc'],
    [{ headers: { authorization: 'Own x' } }, 'Own x'],
  ])('%j', async (secret, authorization) => {
    await client({ secret }).schemaById('1');
    expect(server.asked).toEqual([{ path: '/schemas/ids/1', authorization }]);
  });

  test('a secret that no longer lets in is told of', async () => {
    let refusals = 0;
    const registry = confluentRegistry({
      ...{ url: server.url, timeoutMs: 1_000, access: async () => ({ headers: {} }) },
      refused: () => void refusals++,
    });
    for (const status of [401, 403, 500]) {
      server.fault = status;
      await expect(registry.schemaById('1')).rejects.toThrow(RegistryUnreachable);
    }
    expect(refusals).toBe(2);
  });

  test('so is one with which a server breaks off, as TLS does with a certificate of yesterday', async () => {
    let refusals = 0;
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const registry = confluentRegistry({
      url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ...{ timeoutMs: 1_000, access: async () => ({ headers: {} }), refused: () => void refusals++ },
    });
    await expect(registry.schemaById('1')).rejects.toThrow(RegistryUnreachable);
    expect(refusals).toBe(1);
    server.close();
  });

  test('a client certificate', () => {
    const secret = { certificate: 'C', privateKey: 'K', privateKeyPassword: 'P', ca: 'A' };
    expect(registryAccess(JSON.stringify(secret))).toEqual({
      headers: {},
      tls: { cert: 'C', key: 'K', passphrase: 'P', ca: 'A' },
    });
  });

  test('a secret that is not as it must be is refused without its values', () => {
    expect(() => registryAccess('hunter2')).toThrow(/^expected the secret of a registry to be JSON(?!.*hunter2)/);
    expect(() => registryAccess('{"token":["hunter2"]}')).toThrow(/not under token(?!.*hunter2)/);
  });
});

describe('what is no answer is an outage', () => {
  test.each([401, 403, 429, 500, 503] as const)('status %i', async (status) => {
    server.fault = status;
    await expect(client().schemaById('1')).rejects.toThrow(RegistryUnreachable);
  });

  test('none in time', async () => {
    server.fault = 'hang';
    await expect(client({ timeoutMs: 50 }).schemaById('1')).rejects.toThrow(/expected an answer within 50 ms/);
  });

  test('none at all', async () => {
    const { url } = server;
    await server[Symbol.asyncDispose]();
    const gone = confluentRegistry({ url, timeoutMs: 1_000, access: async () => ({ headers: {} }) });
    await expect(gone.schemaById('1')).rejects.toThrow(RegistryUnreachable);
    server = await TestSchemaRegistry.start();
  });

  test('a secret that cannot be read', async () => {
    const access = () => Promise.reject(new Error('AccessDenied'));
    await expect(confluentRegistry({ url: server.url, timeoutMs: 1_000, access }).schemaById('1')).rejects.toThrow(
      RegistryUnreachable,
    );
  });

  test.each([
    ['a 404 that is not the registry’s own', 404, '<h1>Not Found</h1>'],
    ['a 404 of another code', 404, '{"code":404}'],
    ['a page instead of a schema', 200, '<h1>Sign in</h1>'],
    ['an object without a schema', 200, '{}'],
  ])('%s', async (_, status, text) => {
    server.fault = { status, text };
    await expect(client().schemaById('1')).rejects.toThrow(RegistryUnreachable);
  });
});

describe('what the registry says of one schema is no outage, which would hold back all others', () => {
  test('of a type that it alone knows', async () => {
    const id = server.register({}, { schemaType: 'XML' as 'JSON' });
    expect(await client().schemaById(`${id}`)).toMatchObject({ kind: 'XML' });
  });

  test('that it has not all that one refers to, however far away', async () => {
    const inner = server.register({}, { references: [{ name: 'X', subject: '77', version: 1 }] });
    const outer = server.register({}, { references: [{ name: 'Y', subject: `${inner}`, version: 1 }] });
    for (const id of [inner, outer]) {
      expect(await client().schemaById(`${id}`)).toEqual({
        kind: 'incomplete',
        why: 'expected the schema that it refers to at /subjects/77/versions/1, got none',
      });
    }
  });

  test('payloads of such schemas are dead letters until it has them', async () => {
    const id = server.register(
      { type: 'record', name: 'R', fields: [{ name: 'f', type: 'X' }] },
      { references: [{ name: 'X', subject: '2', version: 1 }] },
    );
    const now = { ms: 0 };
    const registry = cachedRegistry(client(), { clock: () => now.ms, unknownForMs: 1_000 });
    const decoder = avroDecoder(
      { kind: 'avro', framing: 'confluent', registry: 'main' },
      { registryOf: () => registry, schemaFile: () => new Uint8Array() },
    );
    const payload = confluentFramed(id, Buffer.of(2));
    const decoded = async () => {
      await decoder.prepare([payload]);
      return decoder.decode(payload);
    };
    expect(await decoded()).toMatchObject({
      error: 'UnusableSchema',
      message: `schema ${id}: expected the schema that it refers to at /subjects/2/versions/1, got none`,
      type: { id: `${id}` },
    });
    const asked = server.asked.length;
    server.register({ type: 'enum', name: 'X', symbols: ['A', 'B'] });
    expect(await decoded()).toMatchObject({ error: 'UnusableSchema' });
    expect(server.asked.length).toBe(asked);
    now.ms = 1_001;
    expect(await decoded()).toMatchObject({ kind: 'record', record: { values: ['B'] } });
  });
});
