import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { MSKEvent } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { written } from '../../core/formats/avro/avro-payloads.ts';
import { type IngestFunction, startIngestFunction } from '../../support/ingest-function.ts';
import { confluentFramed, TestSchemaRegistry } from '../../support/schema-registry.ts';

const schema = {
  type: 'record',
  name: 'shop.Click',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
  ],
};

let ingest: IngestFunction<MSKEvent, unknown>;
let registry: TestSchemaRegistry;
let secretsAsked = 0;
const secrets = createServer((_, response) => {
  secretsAsked++;
  response.setHeader('content-type', 'application/x-amz-json-1.1');
  response.end(JSON.stringify({ SecretString: JSON.stringify({ username: 'reader', password: 'secret' }) }));
});

beforeAll(async () => {
  registry = await TestSchemaRegistry.start();
  await new Promise<void>((resolve) => secrets.listen(0, '127.0.0.1', resolve));
  process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`;
  const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:registry-AbCdEf';
  ingest = await startIngestFunction(
    'ingest-kafka',
    {
      kafka: { cluster: 'broker', topic: 'clicks' },
      format: { kind: 'avro', framing: 'confluent', registry: 'main' },
    },
    { registries: { main: { kind: 'confluent', url: registry.url, secretArn } } },
  );
});
afterAll(async () => {
  await ingest.close();
  await registry[Symbol.asyncDispose]();
  secrets.close();
});

const event = (values: readonly Buffer[], firstOffset: number) =>
  ({
    eventSource: 'aws:kafka',
    records: {
      'clicks-0': values.map((value, index) => ({
        topic: 'clicks',
        partition: 0,
        offset: firstOffset + index,
        timestamp: 1_700_000_000_000,
        timestampType: 'CREATE_TIME',
        value: value.toString('base64'),
        headers: [],
      })),
    },
  }) as unknown as MSKEvent;

test('the bundle loads Avro, the registry’s client and its secret when payloads ask for them', async () => {
  const id = registry.register(schema);
  const payload = (n: number) => confluentFramed(id, written(schema, { id: n, price: Buffer.of(n) }));
  expect(await ingest.handler(event([payload(1), confluentFramed(99, Buffer.of(2))], 0))).toEqual({
    batchItemFailures: [],
  });
  expect(await ingest.handler(event([payload(2)], 2))).toEqual({ batchItemFailures: [] });
  const rows = await ingest.rows('clicks');
  expect(rows.map(({ id, price }) => `${id} ${price}`)).toEqual(['1 0.01', '2 0.02']);
  expect(await ingest.rows('dead_letters')).toMatchObject([{ error: 'UnknownSchema', schema_id: '99' }]);
  expect(registry.asked).toEqual(
    [id, 99].map((asked) => ({
      path: `/schemas/ids/${asked}`,
      authorization: `Basic ${Buffer.from('reader:secret').toString('base64')}`,
    })),
  );
  expect(secretsAsked).toBe(1);
});

test('an outage of the registry gives the batch back', async () => {
  registry.fault = 503;
  expect(await ingest.handler(event([confluentFramed(50, Buffer.of(2))], 3))).toEqual({
    batchItemFailures: [{ itemIdentifier: { partition: 'clicks-0', offset: 3 } }],
  });
});

test('what a cold start loads holds no library of a format', () => {
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    const code = readFileSync(join(ingest.bundle, file), 'utf8');
    for (const [, path = ''] of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.mjs)"/g)) load(path);
  };
  load('index.mjs');
  // Words of zod, avsc, protobufjs, @msgpack/msgpack, and of the clients of registries.
  const rare = [
    'invalid_union',
    'potential precision loss',
    'illegal token',
    'Unrecognized type byte',
    'GetSecretValue',
    'GetSchemaVersion',
  ];
  const holding = [...loaded].flatMap((file) => {
    const code = readFileSync(join(ingest.bundle, file), 'utf8');
    return rare.filter((message) => code.includes(message));
  });
  expect([loaded.size > 1, holding]).toEqual([true, []]);
});
