import { describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { dataFileRows } from '#columnar/read/data-file.ts';
import { deadLetterTable } from '#contract/dead-letter-table.ts';
import { metrics } from '#contract/metrics.ts';
import { settings as settingsSchema } from '#contract/settings.ts';
import { parseActions, serializeActions } from '#delta/action-json.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { decodePath } from '#delta/file-path.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import { commitTable } from '#pipeline/commit/commit-table.ts';
import { resumeTable } from '#pipeline/commit/resume-table.ts';
import { type DivertPorts, divertManifests } from '#pipeline/divert/divert-manifests.ts';
import { schemaString } from '../../../support/actions.ts';
import { counted, ingestWorld, record } from '../../../support/ingest.ts';
import { rowsOfParquet } from '../../../support/parquet-rows.ts';

const text = new TextDecoder();

/** Ingest, commits and diversions of table `clicks`, whose log others write to as well. */
function lakeWorld(table: Record<string, unknown> = {}) {
  const tableSettings = { logStore: 'conditional', latency: '0s', ...table };
  const world = ingestWorld(tableSettings, {}, 'test', { logStore: 'conditional', latency: '0s' });
  const { ledger, storeOf, clock, ids, measurements } = world.ports;
  const { tables } = settingsSchema.parse({
    sources: {},
    tables: { clicks: tableSettings, dead_letters: { logStore: 'conditional', latency: '0s' } },
  });
  const settings = { environment: 'test', sources: {}, tables };
  const ports: DivertPorts = {
    ledger,
    settings,
    storeOf,
    codec: checkpointCodec,
    readRows: (name, path, fields) => dataFileRows(storeOf(name), path, fields),
    encode: async (columns, compression) => (await encodeParquet(columns, compression)).bytes,
    clock,
    ids,
    measurements,
  };
  const idOf = async (name: string) => (await ledger.tableNamed(name))!.tableId;

  return {
    ...world,
    idOf,
    async commit(name = 'clicks') {
      const tableId = await idOf(name);
      world.ledger.items.leases.set(tableId, { owner: 'me', expiresAtS: 0 });
      const logOf = (of: string) => ({ objects: storeOf(of), logStore: conditionalLogStore(storeOf(of)) });
      const more = { states: new Map(), described: new Map(), codec: checkpointCodec };
      return commitTable({ tableId, owner: 'me' }, { ledger, settings, logOf, clock, ids, measurements, ...more });
    },
    divert: async (more: Partial<DivertPorts> = {}) => divertManifests(await idOf('clicks'), { ...ports, ...more }),
    /** Others give the table a column. */
    async addColumn(name: string, type: string) {
      const state = (await loadLogState(storeOf('clicks'), checkpointCodec))!;
      const { fields } = JSON.parse(state.metaData.schemaString);
      const columns = [...fields, { name, type }].map((field): [string, unknown] => [field.name, field.type]);
      const actions = [{ metaData: { ...state.metaData, schemaString: schemaString(...columns) } }];
      await storeOf('clicks').putIfAbsent(commitPath(state.version + 1), serializeActions(actions));
    },
    /** Others write the table anew, as Spark's `overwriteSchema` does: its id stays. */
    async partitionBy(...partitionColumns: string[]) {
      const state = (await loadLogState(storeOf('clicks'), checkpointCodec))!;
      const actions = [{ metaData: { ...state.metaData, partitionColumns } }];
      await storeOf('clicks').putIfAbsent(commitPath(state.version + 1), serializeActions(actions));
    },
    /** Others drop the table, and make one of its name. */
    async makeAnew(...partitionColumns: string[]) {
      const { protocol, metaData } = (await loadLogState(storeOf('clicks'), checkpointCodec))!;
      for await (const { path } of storeOf('clicks').list('_delta_log/')) await storeOf('clicks').delete(path);
      const actions = [{ protocol }, { metaData: { ...metaData, id: 'another', partitionColumns } }];
      await storeOf('clicks').putIfAbsent(commitPath(0), serializeActions(actions));
    },
    resume: () =>
      resumeTable('clicks', {
        ...{ ledger, settings, codec: checkpointCodec, clock, ids },
        logOf: (of) => ({ objects: storeOf(of), logStore: conditionalLogStore(storeOf(of)) }),
      }),
    async lastAdds() {
      const state = (await loadLogState(storeOf('clicks'), checkpointCodec))!;
      const { bytes } = (await storeOf('clicks').read(commitPath(state.version)))!;
      return parseActions(bytes).flatMap((action) => ('add' in action ? [action.add] : []));
    },
    /** Rows of the files that a table's log has added. */
    async committed(name: string) {
      const objects = world.stores.get(name)?.objects ?? new Map();
      const adds = [...objects.values()]
        .filter(({ path }) => /^_delta_log\/\d+\.json$/.test(path))
        .sort((left, right) => (left.path < right.path ? -1 : 1))
        .flatMap(({ bytes }) => parseActions(bytes).flatMap((action) => ('add' in action ? [action.add] : [])));
      return (await Promise.all(adds.map(({ path }) => rowsOfParquet(objects.get(decodePath(path))!.bytes)))).flat();
    },
  };
}

type LakeWorld = ReturnType<typeof lakeWorld>;

/** One row is committed; then numbers in `extra` are staged, and others make it a column of text. */
async function contradicted(table: Record<string, unknown> = {}): Promise<LakeWorld> {
  const world = lakeWorld(table);
  await world.ingest([record(1, '{"id":1}')]);
  await world.commit();
  await world.ingest([record(2, '{"id":2,"extra":1.5}'), record(3, '{"id":3}')]);
  await world.addColumn('extra', 'string');
  return world;
}

const letters = async (world: LakeWorld) =>
  (await world.committed(deadLetterTable)).map((row) => ({ ...row, payload: text.decode(row.payload as Uint8Array) }));

describe('rows that have a value in a column that the log has with another type', () => {
  test('become dead letters with their position; the others stay, at the same place in line', async () => {
    const world = await contradicted({ positionColumns: true });
    expect(await world.commit()).toMatchObject({ version: 1, divertDue: true });
    const [held] = (await world.manifests('clicks')).slice(-1);
    expect(await world.divert()).toEqual({ manifests: 1, deadLetters: 1 });
    const [replaced] = (await world.manifests('clicks')).slice(-1);
    expect(replaced).toMatchObject({
      ranges: [{ ...held!.ranges[0], rows: 1, deadLetters: 1 }],
      files: [{ rows: 1 }],
      stagedMs: held!.stagedMs,
    });
    expect(await world.commit()).toMatchObject({ version: 2, divertDue: false });
    await world.commit(deadLetterTable);

    expect((await world.committed('clicks')).map(({ id, extra }) => ({ id, extra: extra ?? null }))).toEqual([
      { id: 1n, extra: null },
      { id: 3n, extra: null },
    ]);
    expect(await letters(world)).toMatchObject([
      {
        _source: 'clicks',
        _partition: '0',
        _position: '2',
        payload: '{"id":2,"extra":1.5}',
        table: 'clicks',
        error: 'SchemaConflict',
        message:
          "expected column extra as the table's log has it, string, got double; accepted between positions 2 and 3",
        path: '$.extra',
      },
    ]);
    expect(await world.ledger.manifestsOf(await world.idOf('clicks'))).toEqual([]);
    expect(counted(world, metrics.divertedManifests)).toBe(1);
    expect(counted(world, metrics.deadLetters)).toBe(1);
    expect(await world.divert()).toEqual({ manifests: 0, deadLetters: 0 });
  });

  test('keep every digit, whatever their columns are', async () => {
    const columns = { d: 'decimal(30,10)', at: 'timestamp', local: 'timestamp_ntz', day: 'date', bytes: 'binary' };
    const schema = Object.entries({ id: 'long', ...columns }).map(([name, type]) => ({ name, type }));
    const world = lakeWorld({ schema, evolution: 'add', partitionBy: ['day'] });
    const row = (id: string, extra: string) =>
      `{"id":${id},"d":"12345678901234567890.0123456789","at":"2026-11-21T10:11:12.345678Z","local":"1969-12-31T23:59:59.999999","day":"2026-11-21","bytes":"AP8=","list":[{"n":9223372036854775807}]${extra}}`;
    await world.ingest([record(1, row('1', ''))]);
    await world.commit();
    await world.ingest([record(2, row('9007199254740993', ',"extra":[1]')), record(3, row('3', ''))]);
    await world.addColumn('extra', 'string');
    await world.commit();
    expect(await world.divert()).toEqual({ manifests: 1, deadLetters: 1 });
    await world.commit();
    await world.commit(deadLetterTable);
    const [first, third] = await world.committed('clicks');
    expect({ ...third, id: 1n }).toEqual({ ...first, extra: null });
    expect(third).toMatchObject({ id: 3n });
    const [{ payload, _partition, _position }] = (await letters(world)) as unknown as [Record<string, unknown>];
    expect({ _partition, _position }).toEqual({ _partition: '0', _position: null });
    expect(payload).toBe(
      '{"id":9007199254740993,"d":12345678901234567890.0123456789,"at":"2026-11-21T10:11:12.345678Z","local":"1969-12-31T23:59:59.999999","day":"2026-11-21","bytes":"AP8=","list":[{"n":9223372036854775807}],"extra":[1]}',
    );
  });

  test('of several source partitions without position columns are counted for one, and name none', async () => {
    const world = lakeWorld();
    await world.ingest([record(1, '{"id":1}')]);
    await world.commit();
    const both = ['0', '1'].flatMap((partition) =>
      [5, 6].map((position) => record(position, '{"id":2,"extra":1.5}', { partition })),
    );
    await world.ingest(both);
    await world.addColumn('extra', 'string');
    await world.commit();
    expect(await world.divert()).toEqual({ manifests: 1, deadLetters: 4 });
    expect((await world.manifests('clicks'))[0]).toMatchObject({
      files: [],
      ranges: [
        { sourcePartition: 'clicks/0', rows: 0, deadLetters: 2 },
        { sourcePartition: 'clicks/1', rows: 0, deadLetters: 2 },
      ],
    });
    expect(await world.commit()).toMatchObject({ version: 2 });
    await world.commit(deadLetterTable);
    expect(await letters(world)).toMatchObject(both.map(() => ({ _source: 'clicks', _partition: null })));
  });
});

describe('what is around them', () => {
  test('files from before the column stay as they are', async () => {
    const world = lakeWorld();
    await world.ingest([record(1, '{"id":1}')]);
    await world.commit();
    await world.ingest([record(2, '{"id":2}')]);
    await world.ingest([record(3, '{"id":3,"extra":1.5}')]);
    const [before] = await world.manifests('clicks');
    await world.addColumn('extra', 'string');
    expect(await world.commit()).toMatchObject({ version: 1, divertDue: true });
    expect(await world.divert()).toEqual({ manifests: 2, deadLetters: 1 });
    expect((await world.manifests('clicks'))[0]).toEqual({ ...before, schemaVersion: 3 });
    expect(await world.commit()).toMatchObject({ version: 2 });
    expect((await world.committed('clicks')).map(({ id }) => id)).toEqual([1n, 2n]);
  });

  test('other lines are committed meanwhile, and later records take the column as the log has it', async () => {
    const world = await contradicted();
    await world.commit();
    await world.ingest([record(1, '{"id":4,"extra":2.5}', { partition: '1' })]);
    await world.ingest([record(4, '{"id":5}')]);
    expect(await world.commit()).toMatchObject({ version: 2, divertDue: true });
    expect(await world.ledger.manifestsOf(await world.idOf('clicks'))).toHaveLength(2);
    await world.divert();
    expect(await world.commit()).toMatchObject({ version: 3, divertDue: false });
    const rows = (await world.committed('clicks')).map(({ id, extra }) => [id, extra ?? null]);
    expect(rows.toSorted()).toEqual([
      [1n, null],
      [3n, null],
      [4n, '2.5'],
      [5n, null],
    ]);
  });
});

describe('each row is diverted once', () => {
  const total = async (world: LakeWorld) => {
    await world.commit();
    await world.commit(deadLetterTable);
    return { rows: (await world.committed('clicks')).length, letters: (await letters(world)).length };
  };

  test('though two invocations are at it', async () => {
    const world = await contradicted();
    await world.commit();
    const both = await Promise.all([world.divert(), world.divert()]);
    expect(both.reduce((sum, { deadLetters }) => sum + deadLetters, 0)).toBe(1);
    expect(await total(world)).toEqual({ rows: 2, letters: 1 });
  });

  test.each([true, false])('though no answer came (taken effect: %s)', async (takesEffect) => {
    const world = await contradicted();
    await world.commit();
    let calls = 0;
    const ledger = {
      ...world.ledger,
      stage: async (transaction: Parameters<typeof world.ledger.stage>[0]) => {
        if (calls++ > 0) return world.ledger.stage(transaction);
        if (takesEffect) await world.ledger.stage(transaction);
        return 'unknown' as const;
      },
    };
    expect(await world.divert({ ledger })).toEqual({ manifests: 1, deadLetters: 1 });
    expect(await total(world)).toEqual({ rows: 2, letters: 1 });
  });

  test('though ingest moves the cursor meanwhile', async () => {
    const world = await contradicted();
    await world.commit();
    let moved = false;
    const ledger = {
      ...world.ledger,
      stage: async (transaction: Parameters<typeof world.ledger.stage>[0]) => {
        if (!moved) {
          moved = true;
          await world.ingest([record(4, '{"id":4}')]);
        }
        return world.ledger.stage(transaction);
      },
    };
    expect(await world.divert({ ledger })).toEqual({ manifests: 1, deadLetters: 1 });
    expect(await total(world)).toEqual({ rows: 3, letters: 1 });
    expect((await world.ledger.readCursor('clicks/0'))?.position).toBe('4');
  });

  test('though an invocation dies before its transaction: only orphans are left', async () => {
    const world = await contradicted();
    await world.commit();
    const ledger = { ...world.ledger, stage: () => Promise.reject(new Error('down')) };
    await expect(world.divert({ ledger })).rejects.toThrow('down');
    expect(await world.divert()).toEqual({ manifests: 1, deadLetters: 1 });
    expect(await total(world)).toEqual({ rows: 2, letters: 1 });
  });
});

describe('files that are staged when others partition the table anew', () => {
  test('are written again by its partitions, and never committed as they are', async () => {
    const world = lakeWorld({ positionColumns: true });
    await world.ingest([record(1, '{"id":1,"day":"a"}')]);
    await world.commit();
    await world.ingest([record(2, '{"id":2,"day":"a"}'), record(3, '{"id":3,"day":"b"}'), record(4, '{"id":4}')]);
    await world.partitionBy('day');
    expect(await world.commit()).toMatchObject({ version: 1, divertDue: true });
    expect(await world.divert()).toEqual({ manifests: 1, deadLetters: 0 });
    expect(await world.commit()).toMatchObject({ version: 2, divertDue: false });
    expect((await world.lastAdds()).map(({ partitionValues }) => partitionValues)).toEqual([
      { day: 'a' },
      { day: 'b' },
      { day: null },
    ]);
    expect((await world.committed('clicks')).map(({ id }) => id)).toEqual([1n, 2n, 3n, 4n]);
    await expect(world.ingest([record(5, '{"id":5}')])).rejects.toThrow(
      'table clicks: expected partitionBy to be as the table is, [day], got []',
    );
  });

  test('have the values of partitions that are columns again, and a value that no partition can have is a dead letter', async () => {
    const world = lakeWorld({ partitionBy: ['day'], positionColumns: true });
    const text = 'x'.repeat(600);
    await world.ingest([record(1, '{"id":1,"day":"a","text":"b"}')]);
    await world.commit();
    await world.ingest([record(2, '{"id":2,"day":"a","text":"b"}'), record(3, `{"id":3,"day":"c","text":"${text}"}`)]);
    await world.partitionBy('text');
    await world.commit();
    expect(await world.divert()).toEqual({ manifests: 1, deadLetters: 1 });
    expect(await world.commit()).toMatchObject({ version: 2 });
    expect((await world.lastAdds()).map(({ partitionValues }) => partitionValues)).toEqual([{ text: 'b' }]);
    expect((await world.committed('clicks')).at(-1)).toMatchObject({ id: 2n, day: 'a' });
    await world.commit(deadLetterTable);
    expect(await letters(world)).toMatchObject([
      { _position: '3', error: 'SchemaConflict', path: '$.text', payload: `{"day":"c","id":3,"text":"${text}"}` },
    ]);
  });

  test('are resumed for a table that was made anew with other partitions', async () => {
    const world = lakeWorld({ positionColumns: true });
    await world.ingest([record(1, '{"id":1,"day":"a"}')]);
    await world.commit();
    await world.ingest([record(2, '{"id":2,"day":"a"}'), record(3, '{"id":3,"day":"b"}')]);
    await world.makeAnew('day');
    expect(await world.commit()).toMatchObject({ version: 0 });
    expect(await world.resume()).toEqual({ manifests: 1, rows: 2 });
    expect(await world.commit()).toMatchObject({ version: 0, divertDue: true });
    expect(await world.divert()).toEqual({ manifests: 1, deadLetters: 0 });
    expect(await world.commit()).toMatchObject({ version: 1, divertDue: false });
    expect((await world.lastAdds()).map(({ partitionValues }) => partitionValues)).toEqual([
      { day: 'a' },
      { day: 'b' },
    ]);
  });
});
