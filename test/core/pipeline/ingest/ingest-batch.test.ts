import { describe, expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import type { IngestOutcome } from '#pipeline/ingest/ingest-batch.ts';
import type { SourceRecord } from '#pipeline/ingest/source-record.ts';
import type { Ledger, Transaction } from '#pipeline/ledger/ledger.ts';
import { fullEngines } from '../../../support/full-engines.ts';
import { counted, ingestWorld, record } from '../../../support/ingest.ts';

const columns = [
  { name: 'id', type: 'long' },
  { name: 'name', type: 'string' },
];

describe('a batch becomes rows, dead letters and one transaction', () => {
  test('rows of a declared table, exact beyond doubles', async () => {
    const world = ingestWorld({ schema: columns });
    const outcome = await world.ingest([
      record(1, '{"id":9007199254740993,"name":"ä"}'),
      record(2, '{"name":null,"id":-9223372036854775808}'),
    ]);
    expect(outcome.firstUnaccepted.size).toBe(0);
    expect(await world.rows('clicks')).toEqual([
      { id: 9007199254740993n, name: 'ä' },
      { id: -(2n ** 63n), name: null },
    ]);
    const [manifest] = await world.manifests('clicks');
    expect(manifest).toMatchObject({
      ranges: [{ sourcePartition: 'clicks/0', ledgerId: 'ledger-1', ordinal: 1, from: '1', to: '2', rows: 2 }],
      oldestArrivalMs: 1_700_000_000_001,
      newestArrivalMs: 1_700_000_000_002,
      stagedMs: world.now.ms,
    });
    expect(manifest?.files).toEqual([
      {
        path: expect.stringMatching(/^part-id-\d+\.parquet$/),
        sizeBytes: world.stores.get('clicks')?.objects.get(manifest?.files[0]?.path ?? '')?.sizeBytes,
        rows: 2,
        partitionValues: {},
        stats:
          '{"numRecords":2,"minValues":{"id":-9223372036854775808,"name":"ä"},"maxValues":{"id":9007199254740993,"name":"ä"},"nullCount":{"id":0,"name":1}}',
        modifiedMs: world.now.ms,
      },
    ]);
    expect(await world.ledger.readCursor('clicks/0')).toMatchObject({
      position: '2',
      revision: 1,
      attempts: 0,
      greatestTimestampMs: 1_700_000_000_002,
    });
  });

  test('records that do not fit become dead letters, with everything about them', async () => {
    const world = ingestWorld({ schema: columns });
    const broken = record(2, '{"id":"x"}', {
      key: new Uint8Array([1, 2]),
      headers: [{ name: 'trace', value: new Uint8Array([255]) }],
    });
    await world.ingest([record(1, '{"id":1}'), broken, record(3, '{"id":1.5}'), record(4, 'nope')]);
    expect(await world.rows('clicks')).toHaveLength(1);
    const deadLetters = await world.rows('dead_letters');
    expect(deadLetters[0]).toEqual({
      _source: 'clicks',
      _partition: '0',
      _position: '2',
      timestamp: 1_700_000_000_002_000n,
      key: new Uint8Array([1, 2]),
      headers: [{ name: expect.anything(), value: new Uint8Array([255]) }],
      payload: new TextEncoder().encode('{"id":"x"}'),
      table: 'clicks',
      error: 'TypeMismatch',
      message: 'expected long, got string "x"',
      path: '$.id',
      route: 'clicks',
      schema_id: null,
      schema_name: null,
      stream: null,
      timestamp_type: null,
      row_id: null,
    });
    expect(deadLetters.map(({ error }) => error)).toEqual(['TypeMismatch', 'LossyValue', 'InvalidJson']);
    expect(counted(world, metrics.deadLetters)).toBe(3);
  });
});

test('records stamped with the future arrived now, and no stamp stops a batch', async () => {
  const world = ingestWorld({ schema: columns });
  await world.ingest([
    record(1, '{"id":1}', { timestampMs: world.now.ms + 60_000 }),
    record(2, 'broken', { timestampMs: 1.7e18 }),
    record(3, '{"id":3}', { timestampMs: 5 }),
  ]);
  const [rows] = await world.manifests('clicks');
  expect([rows?.oldestArrivalMs, rows?.newestArrivalMs]).toEqual([5, world.now.ms]);
  const [letters] = await world.manifests('dead_letters');
  expect(letters?.oldestArrivalMs).toBe(world.now.ms);
  expect(await world.rows('dead_letters')).toMatchObject([{ _position: '2', timestamp: null }]);
});

describe('what is no row', () => {
  test.each([
    ['drop' as const, 1, []],
    ['deadLetter' as const, 1, ['Tombstone']],
    ['row' as const, 2, []],
  ])('tombstones: %s', async (tombstones, rows, errors) => {
    const world = ingestWorld({ schema: columns }, { tombstones });
    await world.ingest([record(1, null), record(2, '{"id":1}')]);
    expect(await world.rows('clicks')).toHaveLength(rows);
    expect((await world.rows('dead_letters')).map(({ error }) => error)).toEqual(errors);
    expect(counted(world, metrics.recordsDropped)).toBe(tombstones === 'drop' ? 1 : 0);
    const [manifest] = await world.manifests('clicks');
    expect(manifest?.ranges[0]).toMatchObject({ from: '1', to: '2' });
  });

  test('a batch of dropped records alone still moves the cursor', async () => {
    const world = ingestWorld({ schema: columns });
    await world.ingest([record(1, null), record(2, null)]);
    expect(await world.ledger.readCursor('clicks/0')).toMatchObject({ position: '2', revision: 1, ordinals: {} });
    expect(await world.manifests('clicks')).toEqual([]);
  });

  test('ranges say once what was refused', async () => {
    const world = ingestWorld({ schema: columns });
    await world.ingest([record(1, '{"id":1}'), record(2, null), record(3, 'x'), record(9, 'x', { partition: '1' })]);
    const [rows] = await world.manifests('clicks');
    expect(rows?.ranges).toMatchObject([{ sourcePartition: 'clicks/0', rows: 1, dropped: 1, deadLetters: 1 }]);
    const [deadLetters] = await world.manifests('dead_letters');
    expect(deadLetters?.ranges).toEqual([
      { sourcePartition: 'clicks/0', ledgerId: 'ledger-1', ordinal: 1, revision: 1, from: '1', to: '3', rows: 1 },
      {
        sourcePartition: 'clicks/1',
        ledgerId: 'ledger-1',
        ordinal: 1,
        revision: 1,
        from: '9',
        to: '9',
        rows: 1,
        dropped: 0,
        deadLetters: 1,
      },
    ]);
  });

  test('redeliveries are left out and counted', async () => {
    const world = ingestWorld({ schema: columns });
    await world.ingest([record(1, '{"id":1}'), record(2, '{"id":2}')]);
    const outcome = await world.ingest([record(2, '{"id":2}'), record(3, '{"id":3}')]);
    expect(outcome.firstUnaccepted.size).toBe(0);
    await world.ingest([record(1, '{"id":1}'), record(2, '{"id":2}')]);
    expect((await world.rows('clicks')).map(({ id }) => id)).toEqual([1n, 2n, 3n]);
    expect(counted(world, metrics.recordsRedelivered)).toBe(3);
    expect(counted(world, metrics.recordsIn)).toBe(3);
    expect(world.ledger.items.cursors.get('clicks/0')?.attempts).toBe(0);
  });

  test('at or below its floor a record is a redelivery for its table alone', async () => {
    const world = ingestWorld({ schema: columns });
    await world.ingest([record(1, '{"id":1}')]);
    const cursor = world.ledger.items.cursors.get('clicks/0')!;
    const tableId = (await world.ledger.tableNamed('clicks'))!.tableId;
    world.ledger.items.cursors.set('clicks/0', { ...cursor, floors: { [tableId]: '3' } });
    await world.ingest([record(2, '{"id":2}'), record(3, '{"id":3}'), record(4, '{"id":4}')]);
    expect((await world.rows('clicks')).map(({ id }) => id)).toEqual([1n, 4n]);
    expect(await world.ledger.readCursor('clicks/0')).toMatchObject({ position: '4', floors: { [tableId]: '3' } });
    expect(counted(world, metrics.recordsRedelivered)).toBe(2);
  });
});

describe('partitions', () => {
  const partitioned = { schema: [...columns, { name: 'day', type: 'date' }], partitionBy: ['name', 'day'] };

  test('one file for each set of values, whichever source partitions its rows come from', async () => {
    const world = ingestWorld(partitioned);
    await world.ingest([
      record(1, '{"id":1,"name":"a/b","day":"2024-01-02"}'),
      record(1, '{"id":2,"name":"a/b","day":"2024-01-02"}', { partition: '1' }),
      record(2, '{"id":3,"name":""}'),
    ]);
    const [manifest] = await world.manifests('clicks');
    expect(
      manifest?.files.map(({ path, partitionValues, rows }) => [path.replace(/id-\d+/, 'id'), partitionValues, rows]),
    ).toEqual([
      ['name=a%2Fb/day=2024-01-02/part-id.parquet', { name: 'a/b', day: '2024-01-02' }, 2],
      ['name=__HIVE_DEFAULT_PARTITION__/day=__HIVE_DEFAULT_PARTITION__/part-id.parquet', { name: null, day: null }, 1],
    ]);
    expect(manifest?.files[0]?.stats).toBe(
      '{"numRecords":2,"minValues":{"id":1},"maxValues":{"id":2},"nullCount":{"id":0}}',
    );
    expect(manifest?.ranges).toMatchObject([
      { sourcePartition: 'clicks/0', rows: 2 },
      { sourcePartition: 'clicks/1', rows: 1 },
    ]);
    expect(await world.rows('clicks')).toContainEqual({ id: 2n, name: 'a/b', day: '2024-01-02' });
  });

  test('a value that no key can hold is a dead letter; a long directory is left away', async () => {
    const world = ingestWorld(partitioned);
    await world.ingest([
      record(1, `{"id":1,"name":"${'x'.repeat(513)}"}`),
      record(2, `{"id":2,"name":"${'/'.repeat(400)}"}`),
    ]);
    expect(await world.rows('dead_letters')).toMatchObject([
      { error: 'PartitionValue', path: '$.name', _position: '1' },
    ]);
    const [manifest] = await world.manifests('clicks');
    expect(manifest?.files[0]?.path).toMatch(/^part-id-\d+\.parquet$/);
  });

  test('an undeclared partition column that no record has is a string', async () => {
    const world = ingestWorld({ partitionBy: ['Region'] });
    await world.ingest([record(1, '{"id":1}')]);
    await world.ingest([record(2, '{"id":2,"region":"eu"}')]);
    expect((await world.rows('clicks')).map(({ Region }) => Region)).toEqual([null, 'eu']);
  });
});

describe('caught failures and deaths', () => {
  const failing = (world: ReturnType<typeof ingestWorld>, stage: typeof world.ledger.stage) => ({
    ...world.ledger,
    stage,
  });

  test('a caught failure is forgotten, and counted', async () => {
    const world = ingestWorld({ schema: columns });
    const outage = failing(world, async () => {
      throw new Error('DynamoDB is away');
    });
    await expect(world.ingest([record(1, '{"id":1}')], outage)).rejects.toThrow('DynamoDB is away');
    expect(world.ledger.items.cursors.get('clicks/0')?.attempts).toBe(0);
    expect(counted(world, metrics.ingestFailures)).toBe(1);
  });

  test('a batch that cannot be read is counted as failed', async () => {
    const world = ingestWorld({ schema: columns });
    const unread = () => {
      throw new Error('expected records of topic clicks');
    };
    await expect(world.ingest(unread)).rejects.toThrow('expected records of topic clicks');
    expect(counted(world, metrics.ingestFailures)).toBe(1);
  });

  test('where puts are slow and answers are lost, it is a caught failure well before the function times out', async () => {
    const world = ingestWorld({ schema: columns });
    const startedMs = world.now.ms;
    const store = world.ports.storeOf('clicks');
    const put = store.put.bind(store);
    store.put = async (...args) => {
      world.now.ms += 60_000;
      await put(...args);
    };
    const lost = failing(world, async () => {
      world.now.ms += 15_000;
      return 'unknown';
    });
    await expect(world.ingest([record(1, '{"id":1}')], lost)).rejects.toThrow(
      'expected a transaction to be accepted within 5 rounds and 30000 ms, got none after 1 rounds and 75000 ms',
    );
    expect(world.now.ms - startedMs).toBeLessThan(120_000);
  });

  test('a poisonous record ends as a dead letter, its neighbours as rows', async () => {
    const world = ingestWorld({ schema: columns });
    const batch = Array.from({ length: 8 }, (_, index) => record(index + 1, `{"id":${index + 1}}`));
    const hasPoison = ({ manifests }: Transaction) =>
      manifests.some(
        ({ files, ranges }) =>
          files[0]?.stats.includes('"id"') && ranges.some(({ from, to }) => Number(from) <= 6 && Number(to) >= 6),
      );
    const mortal: Ledger = {
      ...world.ledger,
      stage: async (transaction) => {
        if (hasPoison(transaction)) throw new Error('died');
        return world.ledger.stage(transaction);
      },
      endAttempt: async () => undefined,
    };
    let deaths = 0;
    for (let left: SourceRecord[] | undefined = batch; left !== undefined; ) {
      const outcome: IngestOutcome | undefined = await world.ingest(left, mortal).catch(() => undefined);
      if (outcome === undefined) expect(++deaths).toBeLessThan(20);
      else {
        const first: SourceRecord | undefined = outcome.firstUnaccepted.get('clicks/0');
        left = first && batch.slice(batch.indexOf(first));
      }
    }
    expect((await world.rows('clicks')).map(({ id }) => id)).toEqual([1n, 2n, 3n, 4n, 5n, 7n, 8n]);
    expect(await world.rows('dead_letters')).toMatchObject([{ _position: '6', error: 'Poison' }]);
  });

  test('a healthy record is none, whatever died in batches that began where its own does', async () => {
    const world = ingestWorld({ schema: columns });
    for (let death = 0; death < 6; death++) await world.ledger.beginAttempt('clicks/0', '1');
    await world.ingest([record(1, '{"id":1}')]);
    expect((await world.rows('clicks')).map(({ id }) => id)).toEqual([1n]);
    for (let death = 0; death < 6; death++) await world.ledger.beginAttempt('clicks/0', '1');
    await world.ingest([record(1, '{"id":1}'), record(2, '{"id":2}')]);
    expect((await world.rows('clicks')).map(({ id }) => id)).toEqual([1n, 2n]);
    expect(await world.rows('dead_letters')).toEqual([]);
  });

  test('a record whose rows take more memory than there can be ends as a dead letter, its neighbours as rows', async () => {
    const world = ingestWorld({ schema: columns });
    const scans: number[] = [];
    world.ports.engines = fullEngines('"id":5}', scans);
    const batch = Array.from({ length: 16 }, (_, index) => record(index, `{"id":${index}}`));
    expect((await world.ingest(batch)).firstUnaccepted.size).toBe(0);
    const ids = batch.map((_, index) => BigInt(index)).filter((id) => id !== 5n);
    expect((await world.rows('clicks')).map(({ id }) => id)).toEqual(ids);
    expect(await world.rows('dead_letters')).toMatchObject([
      { _position: '5', error: 'Poison', message: 'expected at most 32768 pages' },
    ]);
    expect(scans).toEqual([16, 8, 4, 4, 2, 1, 1, 10]);
  });

  test('backpressure names the table', async () => {
    const world = ingestWorld({ schema: columns, maxStagedManifests: 100 });
    await world.ingest([record(1, '{"id":1}')]);
    const { tableId } = (await world.ledger.tableNamed('clicks'))!;
    await world.ledger.publishBacklog(tableId, { stagedBytes: 5, stagedManifests: 101, publishedMs: 0 });
    await expect(world.ingest([record(2, '{"id":2}')])).rejects.toMatchObject({
      name: 'BackpressureError',
      message: expect.stringMatching(
        /^table clicks: expected at most \d+ bytes in 100 manifests .* got 5 bytes in 101$/,
      ),
    });
    expect(counted(world, metrics.batchesRefused)).toBe(1);
    await world.ledger.publishBacklog(tableId, { stagedBytes: 5, stagedManifests: 100, publishedMs: 0 });
    await world.ingest([record(2, '{"id":2}')]);
  });

  test('an attempt older than an hour does not stage', async () => {
    const world = ingestWorld({ schema: columns });
    const store = world.ports.storeOf('clicks');
    const put = store.put.bind(store);
    store.put = async (...args) => {
      world.now.ms += 3_600_001;
      await put(...args);
    };
    await expect(world.ingest([record(1, '{"id":1}')])).rejects.toMatchObject({ name: 'StaleAttemptError' });
    expect(await world.manifests('clicks')).toEqual([]);
  });

  test('a topic made anew stops the batch', async () => {
    const world = ingestWorld({ schema: columns });
    await world.ingest([record(1, '{"id":1}'), record(2, '{"id":2}')]);
    await expect(world.ingest([record(1, '{"id":7}', { timestampMs: 1_800_000_000_000 })])).rejects.toMatchObject({
      name: 'SourceRecreatedError',
    });
    expect(counted(world, metrics.sourceRecreated)).toBe(1);
  });
});

test('a batch under way when its cursor goes back stages nothing: it would leave a gap', async () => {
  const world = ingestWorld({ schema: columns });
  await world.ingest([record(1, '{"id":1}'), record(2, '{"id":2}')]);
  let seeks = 0;
  const ledger: Ledger = {
    ...world.ledger,
    async stage(transaction) {
      if (seeks++ === 0) {
        const { revision, ordinals, floors } = (await world.ledger.readCursor('clicks/0'))!;
        const next = { position: '1', ordinals, floors, greatestTimestampMs: 0, batchEnds: [] };
        await world.ledger.stage({
          moves: [{ sourcePartition: 'clicks/0', expectedRevision: revision, next }],
          manifests: [],
        });
      }
      return world.ledger.stage(transaction);
    },
  };
  await expect(world.ingest([record(3, '{"id":3}')], ledger)).rejects.toThrow(
    'expected its cursor at 2 or later, got 1',
  );
  expect((await world.ledger.readCursor('clicks/0'))?.position).toBe('1');
  expect(await world.rows('clicks')).toHaveLength(2);
});
