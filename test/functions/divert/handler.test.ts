import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import type { DivertRequest } from '#contract/commit-machine.ts';
import { deadLetterTable } from '#contract/dead-letter-table.ts';
import { metrics } from '#contract/metrics.ts';
import { serializeActions } from '#delta/action-json.ts';
import { commitPath } from '#delta/log-path.ts';
import { parseSchema } from '#delta/schema.ts';
import { metaDataAction, protocolAction, schemaString } from '../../support/actions.ts';
import { type LakeFunction, startLakeFunction } from '../../support/lake-function.ts';
import { manifest, manifestRange, stagedFile } from '../../support/manifests.ts';

const lines: string[] = [];
let divert: LakeFunction<DivertRequest, void>;

beforeAll(async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  divert = await startLakeFunction('divert');
});
afterAll(() => divert.close());

const columns = (type: string) => schemaString(['id', 'long'], ['extra', type]);

test('nothing is done for a table that nobody contradicts', async () => {
  await divert.handler({ tableId: 't1' });
  expect(await divert.ledger.tableNamed(deadLetterTable)).toBeUndefined();
});

test('rows that contradict the log are staged as dead letters, in place of their manifest', async () => {
  const rows = new RowColumns(parseSchema(columns('double')).fields);
  rows.append([1n, 1.5]);
  rows.append([2n, null]);
  await divert.objects.put('part-1.parquet', (await encodeParquet(rows, 'zstd')).bytes);
  const files = [stagedFile('part-1.parquet', { rows: 2 })];
  const held = manifest([manifestRange(1, { rows: 2 })], { files });
  await divert.ledger.stage({ moves: [], manifests: [held] });
  const log = { id: 'incarnation-1', schemaString: columns('string') };
  await divert.objects.put(commitPath(0), serializeActions([protocolAction(), metaDataAction(log)]));
  const record = (await divert.ledger.tableById('t1'))!;
  const contradicted = [
    { name: 'extra', type: 'double', schemaVersion: 1, log: { incarnation: 'incarnation-1', version: 0 } },
  ];
  await divert.ledger.updateTable({ ...record, schemaString: columns('string'), contradicted, schemaVersion: 2 }, 1);

  await divert.handler({ tableId: 't1' });
  expect(await divert.ledger.manifestsOf('t1')).toMatchObject([
    { ranges: [{ ordinal: 1, rows: 1, deadLetters: 1 }], files: [{ rows: 1 }], schemaVersion: 2 },
  ]);
  const letters = (await divert.ledger.tableNamed(deadLetterTable))!;
  expect(await divert.ledger.manifestsOf(letters.tableId)).toMatchObject([
    { ranges: [{ sourcePartition: 'clicks/0', ordinal: 1, rows: 1 }], files: [{ rows: 1 }] },
  ]);
  expect(await divert.ledger.readCursor('clicks/0')).toMatchObject({ revision: 1 });
  const published = lines.find((line) => line.includes(metrics.divertedManifests));
  expect(JSON.parse(published!)).toMatchObject({ table: 'clicks', DivertedManifests: 1, DeadLetters: 1 });
});
