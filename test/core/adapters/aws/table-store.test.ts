import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { tableStores } from '#adapters/aws/table-store.ts';
import { type Settings, settings } from '#contract/settings.ts';
import { redriveOf } from '#pipeline/ledger/redriven.ts';
import { RedriveJournal } from '#pipeline/redrive/redrive-journal.ts';

const s3 = mockClient(S3Client);
const { tables } = settings.parse({
  sources: {},
  tables: { brief: { expireAfter: '90d' }, lasting: {} },
}) as Settings;
const storeOf = tableStores({ tables }, s3Objects(new S3Client({ region: 'us-east-1' }), 'lake'));

const tagsPut = () => s3.commandCalls(PutObjectCommand).map(({ args: [{ input }] }) => [input.Key, input.Tagging]);

beforeEach(() => {
  s3.reset();
  s3.on(PutObjectCommand).resolves({});
});

test('data files of a table that expires are tagged, its log never', async () => {
  const store = storeOf('brief');
  await store.put('day=1/part-1.parquet', new Uint8Array());
  await store.put('_delta_log/.tmp/0.json.x', new Uint8Array());
  await store.putIfAbsent('_delta_log/00000000000000000000.json', new Uint8Array());
  expect(tagsPut()).toEqual([
    ['tables/brief/day=1/part-1.parquet', 'alluvium=data-file'],
    ['tables/brief/_delta_log/.tmp/0.json.x', undefined],
    ['tables/brief/_delta_log/00000000000000000000.json', undefined],
  ]);
});

test('what tells which dead letters were redriven lasts longer than they do', async () => {
  const store = storeOf('brief');
  const entry = await (await RedriveJournal.load(undefined, store)).put(
    redriveOf('orders/0'),
    { letters: { orders: ['1@2'] } },
    { store, ids: () => 'entry' },
  );
  await store.put('_source=orders/part-1.parquet', new Uint8Array());
  expect(tagsPut()).toEqual([
    [`tables/brief/${entry}`, undefined],
    ['tables/brief/_source=orders/part-1.parquet', 'alluvium=data-file'],
  ]);
});

test('nothing of a table that lasts is tagged', async () => {
  await storeOf('lasting').put('part-1.parquet', new Uint8Array());
  expect(tagsPut()).toEqual([['tables/lasting/part-1.parquet', undefined]]);
});
