import type { SQSBatchResponse } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serializeActions } from '#delta/action-json.ts';
import { commitPath } from '#delta/log-path.ts';
import { addFile, tableCreation } from '../../support/actions.ts';
import { type LakeFunction, startLakeFunction } from '../../support/lake-function.ts';

interface Batch {
  Records: { messageId: string; body: string }[];
}

let repair: LakeFunction<Batch, SQSBatchResponse>;

beforeAll(async () => {
  repair = await startLakeFunction('repair-expired');
});
afterAll(() => repair.close());

const message = (messageId: string, ...keys: string[]) => ({
  messageId,
  body: JSON.stringify({
    Records: keys.map((key) => ({ eventName: 'LifecycleExpiration:Delete', s3: { object: { key } } })),
  }),
});

test('expired files leave the log, and only messages that could not be dealt with come again', async () => {
  const files = Array.from({ length: 40 }, (_, number) => addFile(`part-${number}.parquet`));
  const gone = addFile('a%20b+c.parquet');
  const adds = [gone, ...files].map((add) => ({ add }));
  await repair.objects.put(commitPath(0), serializeActions(tableCreation(...adds)));
  for (const { path } of files) await repair.objects.put(path, new Uint8Array([1]));
  const answer = await repair.handler({
    Records: [
      message('m1', 'tables/clicks/a+b%2Bc.parquet', 'tables/clicks/part-3.parquet'),
      message('m2', 'tables/strangers/x.parquet'),
      { messageId: 'm3', body: 'broken' },
    ],
  });
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm3' }] });
  const actions = await repair.actions(1);
  expect(actions.slice(1)).toMatchObject([{ remove: { path: gone.path, dataChange: true } }]);
  const again = await repair.handler({ Records: [message('m1', 'tables/clicks/a+b%2Bc.parquet')] });
  expect(again).toEqual({ batchItemFailures: [] });
  await expect(repair.actions(2)).rejects.toThrow('ENOENT');
});
