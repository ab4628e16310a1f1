import { describe, expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { counted, ingestWorld, record } from '../../support/ingest.ts';

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
    expect(deadLetters[1]).toEqual({
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
    });
    expect(deadLetters.map(({ error }) => error)).toEqual(['InvalidJson', 'TypeMismatch', 'LossyValue']);
    expect(counted(world, metrics.deadLetters)).toBe(3);
  });
});
