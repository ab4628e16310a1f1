import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type KafkaServer, startKafka } from '../../../../scripts/local/kafka/start-kafka.ts';
import { encodeBatch } from '../../../support/conformance/kafka-batch.ts';
import { textBatch } from '../../../support/conformance/kafka-probe.ts';
import { KafkaWire } from '../../../support/conformance/kafka-wire.ts';
import { startServerProcess } from '../../../support/killed-server.ts';

const module = pathToFileURL(join(import.meta.dirname, '../../../../scripts/local/kafka/start-kafka.ts')).href;
const topic = 'durable';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'alluvium-kafka-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const startInProcess = () =>
  startServerProcess(
    `import { startKafka } from ${JSON.stringify(module)};
     const server = await startKafka({ port: 0, root: ${JSON.stringify(root)} });
     server.ensureTopic(${JSON.stringify(topic)}, 2);
     console.log(server.bootstrap);`,
  );

async function withServer<T>(use: (server: KafkaServer, wire: KafkaWire) => Promise<T> | T): Promise<T> {
  const server = await startKafka({ port: 0, root });
  const wire = await KafkaWire.connect(server.bootstrap);
  try {
    return await use(server, wire);
  } finally {
    wire.close();
    await server.close();
  }
}

const textsOf = (server: KafkaServer, partition = 0): (string | undefined)[] => {
  const records = [];
  const { end } = server.offsets(topic)[partition]!;
  while (records.length < end) records.push(...server.readBatch(topic, partition, records.length, 1000));
  expect(records.map(({ offset }) => offset)).toEqual([...records.keys()]);
  return records.map(({ value }) => value?.toString());
};

const sequenced = (producerId: number, baseSequence: number, text: string): Buffer =>
  encodeBatch([{ value: Buffer.from(text) }], { producerId, producerEpoch: 0, baseSequence });

it('records acknowledged before kill -9 in the midst of writing are there afterwards, in order and once', async () => {
  const child = await startInProcess();
  const wire = await KafkaWire.connect(child.address);
  const acknowledged: string[] = [];
  let killed: Promise<void> | undefined;
  for (let batch = 0; ; batch++) {
    const texts = Array.from({ length: 20 }, (_, i) => `${batch}:${i}`);
    const answer = await wire.produce(topic, 0, textBatch(...texts)).catch(() => undefined);
    if (answer === undefined) break;
    expect(answer.error).toBe(0);
    acknowledged.push(...texts);
    if (batch === 50) killed = child.kill();
  }
  await killed;
  await withServer((server) => {
    const found = textsOf(server);
    expect(found.slice(0, acknowledged.length)).toEqual(acknowledged);
    expect(new Set(found).size).toBe(found.length);
  });
});

it('committed offsets, producers’ sequences and producer ids outlive kill -9', async () => {
  const child = await startInProcess();
  const before = await KafkaWire.connect(child.address);
  const { producerId } = await before.initProducerId();
  const first = sequenced(producerId, 0, 'a');
  expect(await before.produce(topic, 0, first)).toEqual({ error: 0, baseOffset: 0 });
  expect(await before.commit('group', -1, '', topic, 1)).toBe(0);
  await child.kill();
  await withServer(async (server, wire) => {
    expect(server.committedOffset('group', topic, 0)).toBe(1);
    expect((await wire.initProducerId()).producerId).toBeGreaterThan(producerId);
    expect(await wire.produce(topic, 0, first)).toEqual({ error: 0, baseOffset: 0 });
    expect((await wire.produce(topic, 0, sequenced(producerId, 5, 'gap'))).error).toBe(45);
    expect(await wire.produce(topic, 0, sequenced(producerId, 1, 'b'))).toEqual({ error: 0, baseOffset: 1 });
    expect(textsOf(server)).toEqual(['a', 'b']);
  });
});

it('topics, their partitions and settings, and deleted topics stay as they were', async () => {
  await withServer(async (server, wire) => {
    server.ensureTopic(topic, 1);
    server.ensureTopic(topic, 3);
    server.ensureTopic(topic, 2);
    server.ensureTopic('gone', 1);
    expect(await wire.createTopic('small', 1, 1, [['max.message.bytes', '200']])).toBe(0);
    await wire.request(20, 1, (body) => body.array(['gone'], (name) => body.string(name)).int32(1000));
    server.commitOffset('group', topic, 2, 9);
  });
  await withServer(async (server, wire) => {
    expect(server.offsets(topic)).toHaveLength(3);
    expect(server.committedOffset('group', topic, 2)).toBe(9);
    expect(() => server.offsets('gone')).toThrow('no topic gone');
    expect((await wire.produce('small', 0, textBatch('x'.repeat(200)))).error).toBe(10);
  });
});

it('a torn tail is cut off on start, and writing goes on behind the last whole batch', async () => {
  await withServer(async (server, wire) => {
    server.ensureTopic(topic, 1);
    await wire.produce(topic, 0, textBatch('whole'));
  });
  const folder = join(root, 'topics', topic, '0');
  const [segment] = readdirSync(folder);
  appendFileSync(join(folder, segment!), Buffer.alloc(100, 7));
  await withServer(async (server, wire) => {
    expect(await wire.produce(topic, 0, textBatch('next'))).toEqual({ error: 0, baseOffset: 1 });
    expect(textsOf(server)).toEqual(['whole', 'next']);
  });
});

it('a second broker on a port that is taken fails before it touches the folder', async () => {
  await withServer(async (server) => {
    const port = Number(server.bootstrap.split(':')[1]);
    const elsewhere = join(root, 'elsewhere');
    await expect(startKafka({ port, root: elsewhere })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(existsSync(elsewhere)).toBe(false);
  });
});
