import { expect, test } from 'vitest';
import { checkpointPath, commitPath, parseLogPath, tempCommitPath } from '#delta/log-path.ts';

test('versions have 20 digits', () => {
  expect(commitPath(7)).toBe('_delta_log/00000000000000000007.json');
  expect(checkpointPath(10)).toBe('_delta_log/00000000000000000010.checkpoint.parquet');
  expect(tempCommitPath(7, 'id')).toBe('.tmp/00000000000000000007.json.id');
});

const version = '00000000000000000010';
test.each([
  [`${version}.json`, { kind: 'commit', version: 10 }],
  [`${version}.crc`, { kind: 'checksum', version: 10 }],
  [`${version}.checkpoint.parquet`, { kind: 'checkpoint', version: 10 }],
  [
    `${version}.checkpoint.0000000002.0000000003.parquet`,
    { kind: 'multipartCheckpoint', version: 10, part: 2, parts: 3 },
  ],
  [
    `${version}.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json`,
    { kind: 'v2Checkpoint', version: 10, format: 'json' },
  ],
  [`${version}.00000000000000000012.compacted.json`, { kind: 'compacted', version: 10, lastVersion: 12 }],
  ['_last_checkpoint', undefined],
  [`.${version}.json.crc`, undefined],
  [`.tmp/${version}.json.x`, undefined],
  [`_staged_commits/${version}.x.json`, undefined],
])('%s', (name, file) => {
  expect(parseLogPath(`_delta_log/${name}`)).toEqual(file);
});
