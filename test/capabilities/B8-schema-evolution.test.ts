import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { duckdbRewriter } from '#adapters/duckdb/duckdb-rewriter.ts';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { metrics } from '#contract/metrics.ts';
import { parseActions } from '#delta/action-json.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import { parseSchema, type StructType, serializeSchema } from '#delta/schema.ts';
import { optimizeTable } from '#pipeline/optimize/optimize-table.ts';
import { history } from '../../scripts/cli/history.ts';
import { AvroProducer } from '../support/avro-producer.ts';
import { openedTable } from '../support/canonical-lines.ts';
import { type LakeWorld, lakeWorld } from '../support/capability.ts';

const temporaryFolder = mkdtempSync(join(tmpdir(), 'alluvium-evolution-'));
afterAll(() => rmSync(temporaryFolder, { recursive: true }));

const json = (table: string) => `
sources: { events: { kinesis: { shards: 4 }, table: events } }
tables:
  events: ${table}
`;

const avro = (table: string) => `
registries: { main: { kind: confluent, url: "http://127.0.0.1:1" } }
sources:
  events: { kinesis: { shards: 1 }, table: events, format: { kind: avro, framing: confluent, registry: main } }
tables:
  events: ${table}
`;

async function stateOf(world: LakeWorld) {
  const state = await loadLogState(world.storeOf('events'), checkpointCodec);
  if (state === undefined) throw new Error('expected a table, found none');
  return state;
}

async function typesOf(world: LakeWorld): Promise<Record<string, unknown>> {
  const { metaData } = await stateOf(world);
  return Object.fromEntries(parseSchema(metaData.schemaString).fields.map(({ name, type }) => [name, type]));
}

async function commitInfoOf(world: LakeWorld, version: number) {
  const object = await world.storeOf('events').read(commitPath(version));
  const actions = parseActions(object?.bytes ?? new Uint8Array(), commitPath(version));
  return actions.find((action) => 'commitInfo' in action)?.commitInfo as {
    operationParameters: Record<string, string>;
  };
}

/** Another writer's version of the table: its columns changed, in one commit. */
async function outsideChange(world: LakeWorld, change: (schema: StructType) => StructType): Promise<void> {
  const { version, metaData } = await stateOf(world);
  const schemaString = serializeSchema(change(parseSchema(metaData.schemaString)));
  const commit = [{ commitInfo: { operation: 'CHANGE COLUMN' } }, { metaData: { ...metaData, schemaString } }];
  const text = commit.map((action) => JSON.stringify(action)).join('\n');
  await world.storeOf('events').put(commitPath(version + 1), new TextEncoder().encode(`${text}\n`));
}

test('B8 new columns are added, whichever of racing writers brings them first, and the history says who and why', async () => {
  const world = await lakeWorld(json('{ logStore: conditional }'));
  await world.push('events', [{ value: { id: 1 }, partition: 0 }]);
  await world.commit();
  await Promise.all(
    [1, 2, 3].map((partition) =>
      world.push('events', [{ value: { id: partition + 1, [`by${partition}`]: partition, both: 'x' }, partition }]),
    ),
  );
  await world.commit();
  expect((await world.rows('events')).sort((left, right) => Number(left.id) - Number(right.id))).toMatchObject([
    { id: 1 },
    { id: 2, by1: 1, both: 'x' },
    { id: 3, by2: 2, both: 'x' },
    { id: 4, by3: 3, both: 'x' },
  ]);
  expect(Object.keys(await typesOf(world)).sort()).toEqual(['both', 'by1', 'by2', 'by3', 'id']);
  const { operationParameters } = await commitInfoOf(world, 1);
  expect(JSON.parse(operationParameters.columnsAdded as string).sort()).toEqual(['both', 'by1', 'by2', 'by3']);
  const causes: { kind: string; ranges: { sourcePartition: string; from: string; to: string }[] }[] = JSON.parse(
    operationParameters.columnsBy as string,
  );
  expect(causes.map(({ kind }) => kind)).toEqual(['records', 'records', 'records']);
  expect(new Set(causes.flatMap(({ ranges }) => ranges.map(({ sourcePartition }) => sourcePartition))).size).toBe(3);
});

test('B8 columns come from the schemas of payloads, with their types and not by what values look like', async () => {
  const producer = new AvroProducer();
  const world = await lakeWorld(avro('{}'), { ingestPorts: { formats: producer.formats } });
  const first = producer.register([
    { name: 'id', type: 'int' },
    { name: 'note', type: ['null', 'string'] },
  ]);
  const second = producer.register([
    { name: 'id', type: 'int' },
    { name: 'score', type: 'float' },
    { name: 'tags', type: { type: 'map', values: 'long' } },
  ]);
  await world.push('events', [{ value: first({ id: 1, note: null }) }]);
  await world.commit();
  expect(await typesOf(world)).toEqual({ id: 'integer', note: 'string' });
  await world.push('events', [{ value: second({ id: 2, score: 0.5, tags: { a: 7 } }) }]);
  await world.commit();
  expect(await typesOf(world)).toMatchObject({ score: 'float', tags: { type: 'map', valueType: 'long' } });
  expect(await world.rows('events')).toMatchObject([{ id: 1 }, { id: 2, score: 0.5 }]);
  const { operationParameters } = await commitInfoOf(world, 1);
  expect(JSON.parse(operationParameters.columnsAdded as string)).toEqual(['score', 'tags']);
  expect(JSON.parse(operationParameters.columnsBy as string)).toMatchObject([
    { kind: 'records', schemas: [{ name: 'Event', id: '2' }] },
  ]);
});

test('B8 of two schema versions that disagree on a type, the records that do not fit are dead letters naming both', async () => {
  const producer = new AvroProducer();
  const world = await lakeWorld(avro('{}'), { ingestPorts: { formats: producer.formats } });
  const first = producer.register([{ name: 'id', type: 'int' }]);
  const second = producer.register([{ name: 'id', type: 'string' }]);
  const third = producer.register([{ name: 'id', type: 'long' }]);
  await world.push('events', [{ value: first({ id: 1 }) }]);
  await world.push('events', [{ value: second({ id: 'x' }) }]);
  await world.push('events', [{ value: third({ id: 2 }) }, { value: third({ id: 2 ** 40 }) }]);
  await world.commit();
  expect(await world.rows('events')).toEqual([{ id: 1 }, { id: 2 }]);
  expect((await world.deadLetters()).map(({ error, message }) => [error, message]).sort()).toEqual([
    ['LossyValue', 'expected integer, which cannot hold integer 1099511627776 exactly'],
    ['TypeMismatch', 'expected integer, got string "x"'],
  ]);
});

const widening = '{ logStore: conditional, properties: { delta.enableTypeWidening: "true" } }';

test('B8 a wider type of a later schema widens the column where the table has typeWidening', async () => {
  const producer = new AvroProducer();
  const world = await lakeWorld(avro(widening), { ingestPorts: { formats: producer.formats } });
  const date = { type: 'int', logicalType: 'date' };
  const first = producer.register([
    { name: 'id', type: 'int' },
    { name: 'ratio', type: 'float' },
    { name: 'day', type: date },
    { name: 'items', type: { type: 'array', items: 'int' } },
  ]);
  const second = producer.register([
    { name: 'id', type: 'long' },
    { name: 'ratio', type: 'double' },
    { name: 'day', type: { type: 'long', logicalType: 'local-timestamp-micros' } },
    { name: 'items', type: { type: 'array', items: 'long' } },
  ]);
  await world.push('events', [{ value: first({ id: 1, ratio: 0.5, day: 1, items: [1] }) }]);
  await world.commit();
  expect((await stateOf(world)).protocol).toMatchObject({ minReaderVersion: 3, minWriterVersion: 7 });
  await world.push('events', [{ value: first({ id: 2, ratio: 1.5, day: 2, items: [2] }) }]);
  await world.push('events', [{ value: second({ id: 2 ** 40, ratio: 0.1, day: 1_000_001, items: [2 ** 41] }) }]);
  await world.push('events', [{ value: first({ id: 4, ratio: 2.5, day: 4, items: [4] }) }]);
  await world.commit();
  expect(await typesOf(world)).toMatchObject({ id: 'long', ratio: 'double', day: 'timestamp_ntz' });
  const rows = (await world.rows('events')).sort((left, right) => Number(left.id) - Number(right.id));
  expect(rows).toEqual([
    { id: 1, ratio: 0.5, day: '1970-01-02T00:00:00.000000', items: [1] },
    { id: 2, ratio: 1.5, day: '1970-01-03T00:00:00.000000', items: [2] },
    { id: 4, ratio: 2.5, day: '1970-01-05T00:00:00.000000', items: [4] },
    { id: 2 ** 40, ratio: 0.1, day: '1970-01-01T00:00:01.000001', items: [2 ** 41] },
  ]);
  expect(await world.deadLetters()).toEqual([]);
  const fields = parseSchema((await stateOf(world)).metaData.schemaString).fields;
  expect(fields.map(({ metadata }) => metadata['delta.typeChanges'])).toEqual([
    [{ fromType: 'integer', toType: 'long' }],
    [{ fromType: 'float', toType: 'double' }],
    [{ fromType: 'date', toType: 'timestamp_ntz' }],
    [{ fromType: 'integer', toType: 'long', fieldPath: 'element' }],
  ]);
  const { operationParameters } = await commitInfoOf(world, 1);
  expect(JSON.parse(operationParameters.columnsWidened as string)).toContainEqual({
    ...{ path: 'id', from: 'integer', to: 'long' },
  });
});

test.each([1, 1_000_000])(
  'B8 files of both types are merged, none of their rows changed (row groups of %i bytes)',
  async (minRowGroupBytes) => {
    const producer = new AvroProducer();
    const options = `properties: { delta.enableTypeWidening: "true" }, coalesce: { enabled: false }, optimize: { minRowGroupBytes: ${minRowGroupBytes} }`;
    const world = await lakeWorld(avro(`{ ${options} }`), { ingestPorts: { formats: producer.formats } });
    const fieldsOf = (types: Record<string, unknown>) => Object.entries(types).map(([name, type]) => ({ name, type }));
    const decimal = (precision: number, scale: number) => ({ type: 'bytes', logicalType: 'decimal', precision, scale });
    const first = producer.register(
      fieldsOf({
        id: 'int',
        ratio: 'float',
        day: { type: 'int', logicalType: 'date' },
        price: decimal(5, 2),
        tags: { type: 'map', values: 'int' },
      }),
    );
    const second = producer.register(
      fieldsOf({
        ...{ id: 'long', ratio: 'double', day: { type: 'long', logicalType: 'local-timestamp-micros' } },
        ...{ price: decimal(20, 4), tags: { type: 'map', values: 'long' } },
      }),
    );
    const narrow = (id: number) => first({ id, ratio: 0.1, day: -id, price: Buffer.from([1, id]), tags: { a: id } });
    for (let id = 1; id <= 3; id++) {
      await world.push('events', [{ value: narrow(id) }]);
      await world.commit();
    }
    const wide = { id: 2 ** 41, ratio: 0.1, day: 7, price: Buffer.from([1, 2, 3, 4, 5, 6]), tags: { b: 2 ** 42 } };
    await world.push('events', [{ value: second(wide) }]);
    await world.push('events', [{ value: narrow(4) }]);
    await world.commit();
    const before = await world.canonicalRows('events');
    expect(before).toHaveLength(5);
    const ports = { ...world.commitPorts, rewriter: duckdbRewriter({ temporaryFolder, memoryMiB: 256, threads: 1 }) };
    const { failures } = await optimizeTable({ tableName: 'events', dryRun: false, where: [] }, ports);
    expect(failures).toEqual([]);
    expect(await world.canonicalRows('events')).toEqual(before);
    const files = await Array.fromAsync((await openedTable(world.storeOf('events'))).files());
    expect(files).toHaveLength(1);
    await world.push('events', [{ value: narrow(5) }]);
    await world.commit();
    expect(await world.rows('events')).toHaveLength(6);
  },
);

test('B8 files of the type before are merged as they are once another writer has widened their columns', async () => {
  const columns =
    'schema: [{ name: id, type: integer }, { name: ratio, type: float }, { name: price, type: "decimal(5,2)" }]';
  const properties = 'properties: { delta.enableTypeWidening: "true" }, coalesce: { enabled: false }';
  const world = await lakeWorld(
    json(`{ logStore: conditional, ${columns}, ${properties}, optimize: { minRowGroupBytes: 1 } }`),
  );
  for (const id of [1, 2, 3]) {
    await world.push('events', [{ value: { id, ratio: 0.1, price: 1.25 } }]);
    await world.commit();
  }
  const types = { id: 'long', ratio: 'double', price: 'decimal(20,4)' };
  await outsideChange(world, ({ fields, ...type }) => ({
    ...type,
    fields: fields.map((field) => {
      const toType = types[field.name as keyof typeof types];
      return { ...field, type: toType, metadata: { 'delta.typeChanges': [{ fromType: field.type, toType }] } };
    }),
  }));
  const before = await world.canonicalRows('events');
  const ports = { ...world.commitPorts, rewriter: duckdbRewriter({ temporaryFolder, memoryMiB: 256, threads: 1 }) };
  const { outcomes, failures } = await optimizeTable({ tableName: 'events', dryRun: false, where: [] }, ports);
  expect(failures).toEqual([]);
  expect(outcomes).toMatchObject([{ kind: 'merged' }]);
  expect(await world.canonicalRows('events')).toEqual(before);
  expect(before[0]).toBe(`{"id":1,"ratio":${Math.fround(0.1)},"price":"1.2500"}`);
  await world.commit();
  await world.push('events', [{ value: { id: 2 ** 40, ratio: 0.1, price: 1.5 } }]);
  await world.commit();
  expect((await world.rows('events')).map(({ id }) => id).sort()).toEqual([1, 2 ** 40, 2, 3].sort());
});

test('B8 columns that another writer widens or adds are taken over, never overwritten', async () => {
  const world = await lakeWorld(
    json(
      `{ logStore: conditional, schema: [{ name: id, type: integer }], evolution: add, properties: { delta.enableTypeWidening: "true" } }`,
    ),
  );
  await world.push('events', [{ value: { id: 1 } }]);
  await world.commit();
  await outsideChange(world, ({ fields, ...type }) => ({
    ...type,
    fields: [
      { ...fields[0]!, type: 'long', metadata: { 'delta.typeChanges': [{ fromType: 'integer', toType: 'long' }] } },
      ...fields.slice(1),
      { name: 'theirs', type: 'double', nullable: true, metadata: { comment: 'of another' } },
    ],
  }));
  await world.push('events', [{ value: { id: 2 } }]);
  await world.commit();
  await world.push('events', [{ value: { id: 2 ** 40, theirs: 1.5, ours: 'x' } }, { value: { id: 3, theirs: 'y' } }]);
  await world.commit();
  expect(await typesOf(world)).toEqual({ id: 'long', theirs: 'double', ours: 'string' });
  const { fields } = parseSchema((await stateOf(world)).metaData.schemaString);
  expect(fields.map(({ metadata }) => metadata).slice(0, 2)).toEqual([
    { 'delta.typeChanges': [{ fromType: 'integer', toType: 'long' }] },
    { comment: 'of another' },
  ]);
  expect(await world.rows('events')).toEqual([
    { id: 1, theirs: null, ours: null },
    { id: 2 ** 40, theirs: 1.5, ours: 'x' },
    { id: 2, theirs: null, ours: null },
  ]);
  expect(await world.deadLetters()).toMatchObject([{ error: 'TypeMismatch', path: '$.theirs' }]);
});

test('B8 `alluvium history` shows who brought which columns', async () => {
  const producer = new AvroProducer();
  const world = await lakeWorld(avro('{}'), { ingestPorts: { formats: producer.formats } });
  const event = producer.register([{ name: 'id', type: 'int' }], 'shop.Order');
  const more = producer.register(
    [
      { name: 'id', type: 'int' },
      { name: 'note', type: 'string' },
    ],
    'shop.Order',
  );
  await world.push('events', [{ value: event({ id: 1 }) }]);
  await world.commit();
  await world.push('events', [{ value: event({ id: 2 }) }, { value: more({ id: 3, note: 'x' }) }]);
  await world.commit();
  expect(await world.rows('events')).toHaveLength(3);
  const folder = join(temporaryFolder, 'history');
  const files = fileObjectStore(folder);
  for (const [path, { bytes }] of world.storeOf('events').objects) await files.put(path, bytes);
  const lines: string[] = [];
  for await (const line of await history.run([folder], temporaryFolder)) lines.push(line);
  const text = lines.join('\n');
  expect(text).toContain('columnsAdded=["note"]');
  expect(text).toMatch(
    /columnsBy=\[\{"kind":"records","ranges":\[\{"sourcePartition":"events\/[^"]+","from":"\d+","to":"\d+"\}\],"schemas":\[\{"name":"shop.Order","id":"2"\}\]\}\]/,
  );
});

test('B8 evolution by table: `deadLetter` refuses records with new columns, `freeze` makes rows without them and counts', async () => {
  const records = [
    { value: { id: 1 } },
    { value: { id: 2, extra: 'x', more: { a: 1 } } },
    { value: { id: 3, extra: null } },
  ];
  const strict = await lakeWorld(json('{ schema: [{ name: id, type: long }] }'));
  await strict.push('events', records);
  await strict.commit();
  expect(await strict.rows('events')).toEqual([{ id: 1 }, { id: 3 }]);
  expect(await strict.deadLetters()).toMatchObject([{ error: 'UnknownColumn', path: '$.extra' }]);

  const frozen = await lakeWorld(json('{ schema: [{ name: id, type: long }], evolution: freeze }'));
  await frozen.push('events', records);
  await frozen.commit();
  expect(await frozen.rows('events')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect(await frozen.deadLetters()).toEqual([]);
  expect(frozen.counted(metrics.rowsTrimmed)).toBe(1);
  expect(frozen.counts.find(({ metric }) => metric === metrics.rowsTrimmed)?.about).toEqual({
    ...{ table: 'events', columns: 'extra, more' },
  });
});

test('B8 past `maxColumns` and `maxDepth` records with new columns are dead letters, the others rows', async () => {
  const world = await lakeWorld(json('{ maxColumns: 4, maxDepth: 2 }'));
  await world.push('events', [
    { value: { id: 1, a: 1 } },
    { value: { id: 2, b: 1, c: 1, d: 1 } },
    { value: { id: 3, x: { f: { g: 1 } } } },
    { value: { id: 4, e: { f: 1 } } },
  ]);
  await world.push('events', [{ value: { id: 5, h: 1, i: 1 } }, { value: { id: 6, a: 2 } }]);
  await world.commit();
  expect((await world.rows('events')).map(({ id }) => id)).toEqual([1, 4, 6]);
  expect((await world.deadLetters()).map(({ error, message }) => `${error}: ${message}`).sort()).toEqual([
    'TooDeepColumn: expected new columns of at most 2 levels of nesting (maxDepth), got deeper ones',
    'TooManyColumns: expected at most 4 columns in the table (maxColumns), which has 3, got a record with new ones',
    'TooManyColumns: expected at most 4 columns in the table (maxColumns), which has 3, got a record with new ones',
  ]);
});
