import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { deadLetterTable } from '#contract/settings.ts';
import type { Ledger, Transaction } from '#pipeline/ledger/ledger.ts';
import { restoreLedger } from '#pipeline/ledger/restore-ledger.ts';
import { planSeek, type SeekPorts, seekSource } from '#pipeline/positions/seek-source.ts';
import { type RedrivePorts, redriveLetters } from '#pipeline/redrive/redrive-letters.ts';
import { AvroProducer } from '../../../support/avro-producer.ts';
import { type LakeWorld, lakeWorld } from '../../../support/capability.ts';
import { fullEngines } from '../../../support/full-engines.ts';
import { topicPositions } from '../../../support/handover.ts';
import { memoryLedger } from '../../../support/memory-ledger.ts';
import { idsIn, lettersOf, orders, redrive, redrivePorts } from '../../../support/redrive.ts';

const fixed = "transforms: { id: 'id.n || id' }";

/** Orders 1 and 5 are rows; 2 and 4 are refused for their ids, and what is no JSON. */
async function brokenWorld(settings = orders()): Promise<LakeWorld> {
  const world = await lakeWorld(settings);
  const value = (id: unknown) => ({ id });
  await world.push('orders', [
    { value: value(1) },
    { value: value({ n: 2 }) },
    { value: 'no JSON', partition: 1 },
    { value: value({ n: 4 }), partition: 1 },
    { value: value(5) },
  ]);
  await world.commit();
  return world;
}

describe('after a settings fix', () => {
  test('what was refused comes home once, however often it is asked for; what fails again stays as it is', async () => {
    const world = await brokenWorld();
    expect(await idsIn(world)).toEqual([1, 5]);
    expect(await redrive(world)).toMatchObject({
      redriven: {},
      before: 0,
      staying: { TypeMismatch: 2, InvalidJson: 1 },
    });

    world.deploy(orders(fixed));
    const first = await redrive(world);
    expect(first).toMatchObject({ redriven: { orders: 2 }, before: 0, staying: { InvalidJson: 1 } });
    expect(first.examples).toMatchObject([{ error: 'InvalidJson', letter: { table: 'orders', position: '0' } }]);
    const again = { redriven: {}, before: 2, staying: { InvalidJson: 1 } };
    expect(await redrive(world)).toMatchObject(again);
    await world.commit();
    expect(await redrive(world)).toMatchObject(again);
    await world.commit();
    expect(await idsIn(world)).toEqual([1, 2, 4, 5]);
    expect(await Array.fromAsync(lettersOf(world))).toHaveLength(3);
  });

  test('a letter whose rows take more memory than there can be stays, and keeps no other', async () => {
    const world = await brokenWorld();
    world.deploy(orders("transforms: { id: 'id.n' }"));
    expect(await redrive(world, {}, { engines: fullEngines('"n":2') })).toMatchObject({
      redriven: { orders: 1 },
      staying: { TooLarge: 1, InvalidJson: 1 },
    });
    await world.commit();
    expect(await idsIn(world)).toEqual([1, 4, 5]);
  });

  test('only what a filter means', async () => {
    const world = await brokenWorld();
    world.deploy(orders(fixed));
    expect(await redrive(world, { source: 'other' })).toMatchObject({ redriven: {}, staying: {} });
    expect(await redrive(world, { error: 'InvalidJson' })).toMatchObject({ redriven: {}, staying: { InvalidJson: 1 } });
    expect(await redrive(world, { partition: '1', from: '1' })).toMatchObject({ redriven: { orders: 1 } });
    expect(await redrive(world, { partition: '0', to: '0' })).toMatchObject({ redriven: {}, before: 0 });
    const [letter] = await Array.fromAsync(lettersOf(world, { partition: '0' }));
    const at = letter?.timestampMs as number;
    expect(await redrive(world, { partition: '0', sinceMs: at + 1 })).toMatchObject({ redriven: {} });
    expect(await redrive(world, { partition: '0', sinceMs: at, untilMs: at })).toMatchObject({
      redriven: { orders: 1 },
    });
    await world.commit();
    expect(await idsIn(world)).toEqual([1, 2, 4, 5]);
  });

  test('transforms read the record as its source delivered it', async () => {
    const metadata = `
    metadataColumn: about
    transforms: { id: 'BROKEN', type: kafka.headers.type, at: kafka.timestamp, stamped: kafka.timestamp_type, key: kafka.key }`;
    const world = await lakeWorld(orders(metadata.replace('BROKEN', 'substr(id, `0`, `1`)')));
    await world.push('orders', [
      {
        value: { id: 3 },
        key: 'k',
        headers: { type: 'made', raw: new Uint8Array([255]) },
        timestampMs: 1_700_000_000_000,
      },
    ]);
    await world.commit();
    expect(await world.deadLetters()).toMatchObject([
      { error: 'TransformFailed', path: '$.id', timestamp_type: 'CREATE_TIME' },
    ]);
    world.deploy(orders(metadata.replace('BROKEN', 'id')));
    await redrive(world);
    await world.commit();
    const [row] = await world.rows('orders');
    expect(row).toMatchObject({ id: 3, type: 'made', key: 'k', at: 1_700_000_000_000_000, stamped: 0, _position: '0' });
    expect(JSON.parse(row?.about as string)).toEqual({
      source: 'orders',
      partition: '0',
      position: '0',
      timestamp: '2023-11-14T22:13:20Z',
      key: 'k',
      headers: [
        { name: 'type', value: 'made' },
        { name: 'raw', value: { base64: '/w==' } },
      ],
    });
  });

  test('records go where the route of today leads them, and a rule that drops them leaves them where they are', async () => {
    const world = await brokenWorld();
    const routed = `
    route: { table: 'orders_{parity}', by: { parity: "id.n && 'even' || 'odd'", n: 'to_string(id.n)' }, exclude: { n: '^4$' } }
    ${fixed}`;
    world.deploy(
      orders(routed, `orders_even: { latency: 5s, schema: [{ name: id, type: long }] }`).replace(
        '    table: orders\n',
        '',
      ),
    );
    expect(await redrive(world)).toMatchObject({
      redriven: { orders_even: 1 },
      staying: { Dropped: 1, InvalidJson: 1 },
    });
    await world.commit();
    expect(await idsIn(world, 'orders_even')).toEqual([2]);
  });

  test('a record without a value becomes a row where that is the policy of today', async () => {
    const world = await lakeWorld(orders('tombstones: deadLetter'));
    await world.push('orders', [{ value: null, key: 'gone' }]);
    await world.commit();
    expect(await redrive(world)).toMatchObject({ staying: { Tombstone: 1 } });
    world.deploy(orders("tombstones: row\n    transforms: { id: 'length(kafka.key)' }"));
    expect(await redrive(world)).toMatchObject({ redriven: { orders: 1 } });
    await world.commit();
    expect(await idsIn(world)).toEqual([4]);
  });

  test('payloads of a schema that the registry knows now', async () => {
    const producer = new AvroProducer();
    const avro = orders('format: { kind: avro, framing: confluent, registry: main }').replace(
      'sources:',
      'registries: { main: { kind: confluent, url: "http://127.0.0.1:1" } }\nsources:',
    );
    const world = await lakeWorld(avro, { ingestPorts: { formats: producer.formats } });
    const later = new AvroProducer();
    const write = later.register([{ name: 'id', type: 'long' }]);
    await world.push('orders', [{ value: write({ id: 7 }) }]);
    await world.commit();
    expect(await world.deadLetters()).toMatchObject([{ error: 'UnknownSchema', schema_id: '1' }]);
    expect(await redrive(world)).toMatchObject({ staying: { UnknownSchema: 1 } });
    expect(await redrive(world, {}, { formats: later.formats })).toMatchObject({ redriven: { orders: 1 } });
    await world.commit();
    expect(await idsIn(world)).toEqual([7]);
  });

  test('what comes out of envelopes is held in memory by rounds', async () => {
    const world = await lakeWorld(orders());
    const packed = (id: number) => gzipSync(JSON.stringify({ id, padding: 'x'.repeat(12 * 1024 * 1024) }));
    await world.push(
      'orders',
      [1, 2, 3, 4].map((id) => ({ value: packed(id) })),
    );
    await world.commit();
    expect(await world.deadLetters()).toHaveLength(4);
    world.deploy(orders('envelope: [{ kind: gzip, maxBytes: 16000000 }]\n    drop: [padding]'));
    let staged = 0;
    const stage: Ledger['stage'] = (transaction) => {
      staged++;
      return world.ledger.stage(transaction);
    };
    const ports = { ledger: { ...world.ledger, stage } };
    expect(await redrive(world, {}, ports)).toMatchObject({ redriven: { orders: 4 }, staying: {} });
    expect(staged).toBe(2);
    await world.commit();
    expect(await idsIn(world)).toEqual([1, 2, 3, 4]);
  });

  test('a source that is no more has no settings to go by', async () => {
    const world = await brokenWorld();
    world.deploy(orders().replace('  orders:\n    kafka', '  others:\n    kafka'));
    expect(await redrive(world)).toMatchObject({ redriven: {}, staying: { UnknownSource: 3 } });
  });
});

describe('a letter becomes a row once', () => {
  test('where its record is read again, into a table that had nothing but what was redriven', async () => {
    const broken = "transforms: { id: 'substr(id, `0`, `1`)' }";
    const world = await lakeWorld(orders(broken));
    const records = [1, 2, 3].map((id) => ({ value: { id }, position: id }));
    await world.push('orders', records);
    await world.commit();
    expect(await world.deadLetters()).toHaveLength(3);
    world.deploy(orders());
    expect(await redrive(world, { to: '2' })).toMatchObject({ redriven: { orders: 2 } });
    const ports: SeekPorts = {
      ledger: world.ledger,
      settings: world.settings,
      positions: topicPositions({ 0: 4 }),
      mappings: { of: async () => [], turn: async () => undefined },
    };
    const request = { source: 'orders', to: { kind: 'earliest' } as const, repeat: [], recreated: false };
    const steps = await planSeek(request, ports);
    expect(steps).toMatchObject([{ direction: 'back', effect: { keep: ['dead_letters', 'orders'] } }]);
    await seekSource(request, steps, ports);
    await world.push('orders', records);
    expect(await redrive(world)).toMatchObject({ redriven: { orders: 1 }, before: 2 });
    await world.commit();
    expect(await idsIn(world)).toEqual([1, 2, 3]);
  });

  const staging = (world: LakeWorld, stage: (transaction: Transaction) => ReturnType<Ledger['stage']>) => ({
    ledger: { ...world.ledger, stage },
  });

  test('where an operator is faster than another', async () => {
    const world = await brokenWorld();
    world.deploy(orders(fixed));
    let isFirst = true;
    const slow: Partial<RedrivePorts> = staging(world, async (transaction) => {
      if (isFirst) {
        isFirst = false;
        expect(await redrive(world, { partition: '1' })).toMatchObject({ redriven: { orders: 1 } });
      }
      return world.ledger.stage(transaction);
    });
    expect(await redrive(world, {}, slow)).toMatchObject({ redriven: { orders: 1 }, before: 1 });
    await world.commit();
    expect(await idsIn(world)).toEqual([1, 2, 4, 5]);
  });

  test('once the committer of its table has caught up', async () => {
    const world = await brokenWorld();
    world.deploy(orders(fixed));
    const { tableId } = (await world.ledger.tableNamed('orders'))!;
    const backlog = { stagedBytes: 2 ** 40, stagedManifests: 1, publishedMs: world.nowMs };
    await world.ledger.publishBacklog(tableId, backlog);
    await expect(redrive(world)).rejects.toThrow('table orders: expected at most');
    let waits = 0;
    const whenBehind = async () => {
      if (++waits === 3) await world.ledger.publishBacklog(tableId, { ...backlog, stagedBytes: 0 });
    };
    expect(await redrive(world, {}, { whenBehind })).toMatchObject({ redriven: { orders: 2 } });
    expect(waits).toBe(3);
  });

  test('where the answer to its transaction is lost', async () => {
    const world = await brokenWorld();
    world.deploy(orders(fixed));
    const lost = staging(world, async (transaction) => {
      await world.ledger.stage(transaction);
      return 'unknown';
    });
    expect(await redrive(world, {}, lost)).toMatchObject({ redriven: { orders: 2 }, before: 0 });
    await world.commit();
    expect(await idsIn(world)).toEqual([1, 2, 4, 5]);
  });

  test('where a redrive dies before its transaction, or before it hears of it', async () => {
    const world = await brokenWorld();
    world.deploy(orders(fixed));
    const dying = staging(world, async () => {
      throw new Error('died');
    });
    await expect(redrive(world, {}, dying)).rejects.toThrow('died');
    const dyingLater = staging(world, async (transaction) => {
      await world.ledger.stage(transaction);
      throw new Error('died later');
    });
    await expect(redrive(world, {}, dyingLater)).rejects.toThrow('died later');
    expect(await redrive(world)).toMatchObject({ redriven: {}, before: 2 });
    await world.commit();
    expect(await idsIn(world)).toEqual([1, 2, 4, 5]);
  });

  test('where its record was read, and refused, twice', async () => {
    const world = await brokenWorld();
    const letters = await Array.fromAsync(lettersOf(world));
    async function* doubled() {
      yield* letters;
      yield* letters;
    }
    world.deploy(orders(fixed));
    expect(await redriveLetters(doubled(), redrivePorts(world))).toMatchObject({ redriven: { orders: 2 }, before: 3 });
    await world.commit();
    expect(await idsIn(world)).toEqual([1, 2, 4, 5]);
  });

  test('at a position that a topic made anew has given again, each record once', async () => {
    const world = await brokenWorld();
    world.deploy(orders(fixed));
    await redrive(world);
    const [letter] = await Array.fromAsync(lettersOf(world, { partition: '1', error: 'TypeMismatch' }));
    async function* anew() {
      yield { ...letter!, timestampMs: letter!.timestampMs! + 1, payload: Buffer.from('{"id":{"n":44}}') };
    }
    expect(await redriveLetters(anew(), redrivePorts(world))).toMatchObject({ redriven: { orders: 1 } });
    await world.commit();
    expect(await idsIn(world)).toEqual([1, 2, 4, 5, 44]);
  });

  test('a row that was diverted, as it was staged and whatever became of its record before', async () => {
    const world = await brokenWorld();
    world.deploy(orders(fixed));
    await redrive(world);
    const [letter] = await Array.fromAsync(lettersOf(world, { partition: '1', error: 'TypeMismatch' }));
    const row = (rowId: string | undefined, more: object) => ({
      ...letter!,
      ...{ error: 'SchemaConflict', rowId, timestampMs: undefined, ...more },
    });
    async function* diverted() {
      yield row('part-a.parquet#0', { payload: Buffer.from('{"id":7}') });
      yield row('part-a.parquet#0', { payload: Buffer.from('{"id":7}') });
      yield row('part-a.parquet#1', { payload: Buffer.from('{"id":8}'), partition: undefined, position: undefined });
      yield row('part-a.parquet#2', { payload: Buffer.from('{"id":"x"}') });
      yield row('part-a.parquet#3', { payload: Buffer.from('{"id":9}'), table: 'gone' });
      yield row(undefined, { payload: Buffer.from('{"id":9}'), partition: undefined, position: undefined });
    }
    const first = await redriveLetters(diverted(), redrivePorts(world));
    expect(first).toMatchObject({
      redriven: { orders: 2 },
      staying: { TypeMismatch: 1, UnknownTable: 1, UnknownRecord: 1 },
    });
    expect(await redriveLetters(diverted(), redrivePorts(world))).toMatchObject({ redriven: {} });
    await world.commit();
    expect(await idsIn(world)).toEqual([1, 2, 4, 5, 7, 8]);
  });

  test('where the entry of the journal is gone, nothing is redriven rather than twice', async () => {
    const world = await brokenWorld();
    world.deploy(orders(fixed));
    await redrive(world);
    const { objects } = world.storeOf(deadLetterTable);
    for (const path of [...objects.keys()]) if (path.startsWith('_redrive/')) objects.delete(path);
    await expect(redrive(world)).rejects.toThrow('which tells what was redriven, found none');
  });

  test('in a ledger that was restored to before it: what tables have of it they keep, what they have not is redriven', async () => {
    const world = await brokenWorld();
    const backup = structuredClone(world.ledger.items);
    const restoredToMs = world.nowMs;
    world.deploy(orders(fixed));
    await redrive(world, { partition: '0' });
    await world.commit();
    await redrive(world, { partition: '1' });
    const restored = memoryLedger('ledger-2', backup);
    await restoreLedger(restoredToMs, {
      ledger: restored,
      settings: world.settings,
      tablesInLake: async () => [],
      logOf: world.logOf,
      codec: checkpointCodec,
      ids: world.ids,
    });
    const after = await redrive(world, {}, { ledger: restored });
    expect(after).toMatchObject({ redriven: { orders: 1 }, before: 1, staying: { InvalidJson: 1 } });
    const { tableId } = (await restored.tableNamed('orders'))!;
    expect((await restored.readCursor('redrive/orders/0'))?.ordinals).toHaveProperty(tableId);
  });
});
