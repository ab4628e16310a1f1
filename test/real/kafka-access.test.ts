import kafkajs, { type KafkaConfig } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lakeWorld, type PushedRecord } from '../support/capability.ts';
import { type SecuredKafka, startSecuredKafka } from './support/kafka.ts';

/* Brokers that ask who it is: what readers show them, by the kinds of `access` that settings have. */
let kafka: SecuredKafka;
beforeAll(async () => {
  kafka = await startSecuredKafka();
});
afterAll(() => kafka?.stop());

const kinds = ['plain', 'scram256', 'scram512', 'mtls'] as const;
type Kind = (typeof kinds)[number];

const mechanisms = { plain: 'plain', scram256: 'scram-sha-256', scram512: 'scram-sha-512' } as const;

function connection(kind: Kind): KafkaConfig {
  const { authority: ca, client } = kafka.certificates;
  const quiet = { logLevel: kafkajs.logLevel.NOTHING, connectionTimeout: 20_000, retry: { retries: 2 } };
  if (kind === 'mtls') {
    return { ...quiet, brokers: [kafka.mtls], ssl: { ca, cert: client.certificate, key: client.privateKey } };
  }
  const sasl = { mechanism: mechanisms[kind], ...kafka.credentials } as NonNullable<KafkaConfig['sasl']>;
  return { ...quiet, brokers: [kafka.sasl], ssl: { ca }, sasl };
}

/** Sends `sent` and reads it back, as whoever the brokers know by `kind`. */
async function throughTopic(kind: Kind, sent: readonly string[]): Promise<PushedRecord[]> {
  const client = new kafkajs.Kafka(connection(kind));
  const admin = client.admin();
  const producer = client.producer();
  const consumer = client.consumer({ groupId: `readers-${kind}` });
  try {
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: kind, numPartitions: 1 }] });
    await producer.connect();
    await producer.send({ topic: kind, messages: sent.map((value) => ({ value, headers: { sender: kind } })) });
    await consumer.connect();
    await consumer.subscribe({ topic: kind, fromBeginning: true });
    const read: PushedRecord[] = [];
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachMessage: async ({ message: { value, offset, timestamp, headers }, partition }) => {
            const sender = String(headers?.sender);
            read.push({
              value,
              position: Number(offset),
              timestampMs: Number(timestamp),
              partition,
              headers: { sender },
            });
            if (read.length === sent.length) resolve();
          },
        })
        .catch(reject);
    });
    return read;
  } finally {
    await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()]);
  }
}

test.each(kinds)('K3 records that a broker gives to readers by %s become rows', async (kind) => {
  const sent = Array.from({ length: 200 }, (_, id) => JSON.stringify({ id, by: kind }));
  const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:reader-AbCdEf';
  const world = await lakeWorld(`
clusters:
  own: { kind: selfManaged, bootstrapServers: ['${kind === 'mtls' ? kafka.mtls : kafka.sasl}'], access: { kind: ${kind}, secretArn: '${secret}' } }
sources: { orders: { kafka: { cluster: own, topic: ${kind} }, table: orders } }
tables: { orders: {} }`);
  await world.push('orders', await throughTopic(kind, sent));
  await world.commit();
  const rows = await world.rows('orders');
  const byId = rows.toSorted((left, right) => Number(left.id) - Number(right.id));
  expect(byId).toEqual(sent.map((value) => JSON.parse(value)));
});

test('whoever shows nothing, or what is wrong, is refused', async () => {
  const { authority: ca } = kafka.certificates;
  const wrong: KafkaConfig[] = [
    { brokers: [kafka.mtls], ssl: { ca } },
    { ...connection('scram512'), sasl: { mechanism: 'scram-sha-512', ...kafka.credentials, password: 'wrong' } },
    { brokers: [kafka.sasl], ssl: true, sasl: { mechanism: 'plain', ...kafka.credentials } },
  ];
  for (const config of wrong) {
    const admin = new kafkajs.Kafka({ ...config, logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 0 } }).admin();
    await expect(admin.connect()).rejects.toThrow();
  }
});
