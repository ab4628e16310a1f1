import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import kafkajs, { type Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LakeWorld, lakeWorld } from '../support/capability.ts';
import { type Apicurio, startApicurio } from './support/apicurio.ts';
import { type RealKafka, startRealKafka } from './support/kafka.ts';
import { installSerialisers, serialiserPython } from './support/python.ts';

const count = 3_000;
const topics = ['avro', 'json', 'protobuf'];

describe('what the serialisers of a registry write, through Kafka into tables', () => {
  let registry: Apicurio;
  let kafka: RealKafka;
  let client: Kafka;
  let world: LakeWorld;

  beforeAll(async () => {
    [registry, kafka] = await Promise.all([startApicurio(), startRealKafka(), installSerialisers()]);
    client = new kafkajs.Kafka({ brokers: [kafka.bootstrap], logLevel: kafkajs.logLevel.NOTHING });
    const admin = client.admin();
    await admin.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: 1 })) });
    await admin.disconnect();
    const script = join(import.meta.dirname, 'support/produce_serialised.py');
    await promisify(execFile)(serialiserPython, [script, kafka.bootstrap, registry.url, String(count)], {
      timeout: 120_000,
    });
    const source = (topic: string) =>
      `{ kafka: { cluster: main, topic: ${topic} }, table: ${topic}, format: { kind: ${topic}, framing: confluent, registry: main } }`;
    world = await lakeWorld(`
clusters: { main: { kind: selfManaged, bootstrapServers: ['${kafka.bootstrap}'] } }
registries: { main: { kind: confluent, url: '${registry.url}' } }
sources: { ${topics.map((topic) => `${topic}: ${source(topic)}`).join(', ')} }
tables: { ${topics.map((topic) => `${topic}: {}`).join(', ')} }
`);
  });
  afterAll(async () => {
    await Promise.all([kafka?.stop(), registry?.stop()]);
  });

  /** The topic's records, as a consumer reads them, through a source into its table. */
  async function rowsOf(topic: string): Promise<Record<string, unknown>[]> {
    const consumer = client.consumer({ groupId: `reader-${topic}` });
    await consumer.subscribe({ topic, fromBeginning: true });
    const values: (Buffer | null)[] = [];
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachMessage: async ({ message }) => {
            values.push(message.value);
            if (values.length === count) resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
    for (let first = 0; first < count; first += 1_000) {
      await world.push(
        topic,
        values.slice(first, first + 1_000).map((value) => ({ value })),
      );
    }
    await world.commit();
    expect(await world.deadLetters()).toEqual([]);
    return world.rows(topic);
  }

  test('K15 Avro: logical types, references between schemas, a schema that grows', async () => {
    const rows = await rowsOf('avro');
    const greatest = 2n ** 63n - 1n;
    const uuid = (id: number) => `00000000-0000-0000-0000-${id.toString(16).padStart(12, '0')}`;
    const expected = Array.from({ length: count }, (_, id) => ({
      id: id === 1 ? Number(greatest) : id,
      price: { amount: '-1234567.89', currency: 'CHF' },
      placed: '2026-11-21T12:00:00.123456Z',
      due: '2026-12-24',
      key: uuid(id),
      state: 'PAID',
      note: id % 2 === 0 ? null : 'grüezi',
      reference: id % 3 === 0 ? null : { long: id % 3 === 1 ? id : null, string: id % 3 === 2 ? `R-${id}` : null },
      tags: [['a', id]],
      lines: ['x', 'y'],
      coupon: id % 2 === 0 ? null : `C${id}`,
    }));
    const byKey = new Map(rows.map((row) => [row.key, row]));
    expect(rows).toHaveLength(count);
    for (const row of expected) expect(byKey.get(row.key)).toEqual(row);
    const lines = await world.canonicalRows('avro');
    expect(lines.filter((line) => line.includes(`"id":${greatest},`))).toHaveLength(1);
  });

  /** By id, since rows of canonical JSON are sorted as texts. */
  async function rowsById(topic: string): Promise<Map<unknown, Record<string, unknown>>> {
    const byId = new Map((await rowsOf(topic)).map((row) => [row.id, row]));
    expect(byId.size).toBe(count);
    return byId;
  }

  test('K15 JSON', async () => {
    const byId = await rowsById('json');
    for (let id = 0; id < count; id++) expect(byId.get(id)).toEqual({ id, page: `/${id}`, seconds: id / 8 });
  });

  test('K15 Protobuf: references, maps, well-known types, a message within itself, the second message of its file', async () => {
    const byId = await rowsById('protobuf');
    for (let id = 0; id < count; id++) {
      expect(byId.get(id)).toEqual({
        id,
        page: `/${id}`,
        seconds: id / 8,
        tags: [['a', id]],
        steps: [{ at: '2026-11-21T12:00:00.123456Z', next: '{"at":null,"next":null}' }],
        paid: { currency: 'CHF', units: '18446744073709551615' },
      });
    }
  });
});
