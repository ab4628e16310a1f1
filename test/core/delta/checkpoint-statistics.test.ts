import { parquetMetadata, parquetSchema, type SchemaTree } from 'hyparquet';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkpointCodecOf } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action, AddFile } from '#delta/actions.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import type { CheckpointCodec } from '#delta/checkpoint-codec.ts';
import { openTableFiles } from '#delta/live-files.ts';
import { checkpointPath, commitPath, lastCheckpointPath } from '#delta/log-path.ts';
import { bindPredicate, parsePredicate } from '#delta/predicate.ts';
import { parseSchema } from '#delta/schema.ts';
import { addFile, metaDataAction, protocolAction, removeFile, schemaString } from '../../support/actions.ts';
import { countedStore } from '../../support/counted-store.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

const nowMs = 1_700_000_000_000;
const codec = checkpointCodecOf(4);
const columns = schemaString(
  ['id', 'long'],
  ['price', 'decimal(20,2)'],
  ['day', 'date'],
  ['at', 'timestamp'],
  ['local', 'timestamp_ntz'],
  ['name', 'string'],
  ['small', 'short'],
  ['ratio', 'float'],
  ['rate', 'double'],
  ['part', 'decimal(5,1)'],
);
const bounds =
  '{"id":9223372036854775807,"price":123456789012345678.90,"day":"2024-02-29","at":"2024-02-29T10:00:00.123Z","local":"2024-02-29T10:00:00.123","name":"ü","small":-7,"ratio":0.5,"rate":1.25}';
const nulls = '{"id":0,"price":1,"day":0,"at":0,"local":0,"name":0,"small":0,"ratio":0,"rate":0}';
const stats = `{"numRecords":3,"minValues":${bounds},"maxValues":${bounds},"nullCount":${nulls}}`;

const asText = { 'delta.checkpoint.writeStatsAsJson': 'true' };
const asStruct = { 'delta.checkpoint.writeStatsAsStruct': 'true', 'delta.checkpoint.writeStatsAsJson': 'false' };
const asBoth = { 'delta.checkpoint.writeStatsAsStruct': 'true' };
const asNeither = { 'delta.checkpoint.writeStatsAsStruct': 'false', 'delta.checkpoint.writeStatsAsJson': 'false' };

let store: ReturnType<typeof memoryObjectStore>;
beforeEach(() => {
  store = memoryObjectStore();
});

const put = (version: number, ...actions: Action[]) => store.put(commitPath(version), serializeActions(actions));
const tableOf = (configuration: Record<string, string>) =>
  metaDataAction({ schemaString: columns, partitionColumns: ['part'], configuration });
const file = (path: string, rest: Partial<AddFile> = {}): Action => ({
  add: addFile(path, { partitionValues: { part: '12.5' }, stats, ...rest }),
});

async function checkpoint(version: number, by: CheckpointCodec = codec): Promise<void> {
  await writeCheckpoint(store, by, version, nowMs);
}
/** Statistics by path, as the checkpoint alone tells them. */
async function statisticsAt(version: number): Promise<Record<string, string | undefined>> {
  const hidden = memoryObjectStore();
  for (const [path, object] of store.objects) if (!/\d+\.json$/.test(path)) hidden.objects.set(path, object);
  const table = await openTableFiles(hidden, codec, version);
  return Object.fromEntries(await Array.fromAsync(table!.files(), ({ path, stats: text }) => [path, text]));
}
async function membersOfAdd(path = checkpointPath(0)): Promise<Map<string, SchemaTree>> {
  const { buffer, byteOffset, byteLength } = (await store.read(path))!.bytes;
  const tree = parquetSchema(parquetMetadata(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer));
  const add = tree.children.find(({ element }) => element.name === 'add')!;
  return new Map(add.children.map((child) => [child.element.name, child]));
}

describe('a checkpoint holds statistics', () => {
  test.each([
    [{}, ['stats']],
    [asText, ['stats']],
    [asBoth, ['stats', 'partitionValues_parsed', 'stats_parsed']],
    [asStruct, ['partitionValues_parsed', 'stats_parsed']],
    [asNeither, []],
  ])('as %j says', async (configuration, expected) => {
    await put(0, protocolAction(), tableOf(configuration), file('a'));
    await checkpoint(0);
    const members = [...(await membersOfAdd()).keys()];
    expect(members.filter((name) => name.startsWith('stats') || name.endsWith('_parsed'))).toEqual(expected);
    expect((await statisticsAt(0)).a).toBe(expected.some((name) => name.startsWith('stats')) ? stats : undefined);
  });

  test('in the table’s own types', async () => {
    await put(0, protocolAction(), tableOf(asStruct), file('a'));
    await checkpoint(0);
    const shown = ({
      element: { name, type, converted_type: converted, logical_type: logical, precision, scale },
    }: SchemaTree) =>
      [
        name,
        type,
        converted ?? '',
        logical?.type === 'TIMESTAMP' ? String(logical.isAdjustedToUTC) : '',
        precision ?? '',
        scale ?? '',
      ]
        .join(' ')
        .trimEnd();
    const members = await membersOfAdd();
    const least = members.get('stats_parsed')!.children.find(({ element }) => element.name === 'minValues')!;
    expect(least.children.map(shown)).toEqual([
      'id INT64',
      'price FIXED_LEN_BYTE_ARRAY DECIMAL  20 2',
      'day INT32 DATE',
      'at INT64 TIMESTAMP_MICROS true',
      expect.stringMatching(/^local INT64 .*false$/),
      'name BYTE_ARRAY UTF8',
      'small INT32 INT_16',
      'ratio FLOAT',
      'rate DOUBLE',
    ]);
    expect(members.get('partitionValues_parsed')!.children.map(shown)).toEqual(['part INT32 DECIMAL  5 1']);
  });

  test('that are of no use as values are unknown, and hold nothing up', async () => {
    const odd = [
      undefined,
      'no JSON',
      '7',
      '{}',
      '{"numRecords":1,"minValues":{}}',
      '{"numRecords":"x","minValues":{"id":1.5,"price":1.234,"day":"soon","at":"noon","name":"\\ud83d","small":70000}}',
      '{"numRecords":2,"minValues":{"ratio":"NaN","rate":"-Infinity","id":-9223372036854775809,"price":1e3}}',
      '{"minValues":[1],"maxValues":"x","tightBounds":false,"of others":1}',
    ];
    await put(
      0,
      protocolAction(),
      tableOf(asStruct),
      ...odd.map((text, at) => file(`f${at}`, text === undefined ? {} : { stats: text })),
    );
    await checkpoint(0);
    const found = await statisticsAt(0);
    expect(found).toMatchObject({ f1: undefined, f2: undefined, f3: '{}' });
    expect(found.f5).toBe('{"minValues":{}}');
    expect(found.f6).toBe('{"numRecords":2,"minValues":{"ratio":"NaN","rate":"-Infinity"}}');
  });

  test('in another form from the next checkpoint on, whatever the one before had', async () => {
    const forms = [{}, asStruct, asBoth, asText, asStruct];
    await put(0, protocolAction(), tableOf({}), ...Array.from({ length: 9 }, (_, at) => file(`f${at}`)));
    await checkpoint(0);
    for (const [at, configuration] of forms.entries()) {
      const version = at + 1;
      await put(version, tableOf(configuration), file(`g${at}`), ...(at === 2 ? [{ remove: removeFile('f3') }] : []));
      await checkpoint(version);
      const hasText = configuration !== asStruct;
      expect((await membersOfAdd(checkpointPath(version))).has('stats')).toBe(hasText);
      const found = await statisticsAt(version);
      expect(Object.keys(found)).toHaveLength(9 + version - (at >= 2 ? 1 : 0));
      expect(new Set(Object.values(found))).toEqual(new Set([stats]));
    }
  });

  test('in a sidecar as well', async () => {
    const features = ['v2Checkpoint'];
    const protocol = protocolAction({
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: features,
      writerFeatures: features,
    });
    await put(0, protocol, tableOf({ ...asStruct, 'delta.checkpointPolicy': 'v2' }), file('a'), file('b'));
    let ids = 0;
    await writeCheckpoint(store, codec, 0, nowMs, () => `00000000-0000-4000-8000-00000000000${++ids}`);
    const sidecar = [...store.objects.keys()].find((path) => path.includes('_sidecars/')) as string;
    const members = [...(await membersOfAdd(sidecar)).keys()];
    expect(members).toContain('stats_parsed');
    expect(members).not.toContain('stats');
    expect(await statisticsAt(0)).toEqual({ a: stats, b: stats });
  });

  test('by which row groups are passed over', async () => {
    const adds = Array.from({ length: 64 }, (_, at) =>
      file(`f${String(at).padStart(2, '0')}`, {
        stats: `{"numRecords":1,"minValues":{"id":${at}},"maxValues":{"id":${at}},"nullCount":{"id":0}}`,
      }),
    );
    await put(0, protocolAction(), tableOf(asStruct), ...adds);
    await checkpoint(0);
    await store.delete(commitPath(0));
    const counted = countedStore(store);
    const table = (await openTableFiles(counted.store, codec))!;
    const reading = async (text: string) => {
      counted.fetched.clear();
      const predicate = bindPredicate(parsePredicate(text), parseSchema(columns));
      const paths = await Array.fromAsync(table.files({ predicate }), ({ path }) => path);
      return { paths, bytes: counted.fetched.get(checkpointPath(0))! };
    };
    const [none, one, every] = [await reading('id = 64'), await reading('id = 33'), await reading('id >= 0')];
    expect([none.paths, one.paths, every.paths.length]).toEqual([[], ['f33'], 64]);
    expect((every.bytes - none.bytes) / (one.bytes - none.bytes)).toBeGreaterThan(14);
  });
});

describe('what was written is read back before anything points at it', () => {
  /** A codec whose statistics as a struct are other than what they are to be. */
  const swapping: CheckpointCodec = {
    ...codec,
    write: async (content, sink) => {
      const other = stats.replaceAll('"small":-7', '"small":-8');
      const files = [...(content.files as Iterable<Action>)].map((action) =>
        'add' in action ? { add: { ...action.add, stats: other } } : action,
      );
      const truth = await codec.write(content, { write: async () => undefined });
      const written = await codec.write({ ...content, files: files as never }, sink);
      return { ...written, verify: truth.verify };
    },
  };

  test.each([asStruct, asBoth])('%j', async (configuration) => {
    await put(0, protocolAction(), tableOf(configuration), file('a'));
    await expect(checkpoint(0, swapping)).rejects.toThrow('read back otherwise');
    expect(await store.read(lastCheckpointPath)).toBeUndefined();
  });
});
