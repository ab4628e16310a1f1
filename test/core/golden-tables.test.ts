import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { parseActions } from '#delta/action-json.ts';
import { timedCommits, versionAt } from '#delta/time-travel.ts';
import { canonicalLines, openedTable } from '../support/canonical-lines.ts';

/*
 * Small tables that Spark and deltalake wrote (test/real/support/make_golden.py), each as `<name>/table`, with the rows that Spark
 * reads from each version as `<name>/expected/v<version>.ndjson`.
 */
const golden = join(import.meta.dirname, '../golden');

describe.each(readdirSync(golden))('%s', (name) => {
  const store = fileObjectStore(join(golden, name, 'table'));
  const versions = readdirSync(join(golden, name, 'expected')).map((file) => Number(/^v(\d+)\.ndjson$/.exec(file)![1]));

  test.each(versions.sort((left, right) => left - right))('version %i', async (version) => {
    const expected = readFileSync(join(golden, name, 'expected', `v${version}.ndjson`), 'utf8')
      .split('\n')
      .slice(0, -1);
    expect(await canonicalLines(store, await openedTable(store, version))).toEqual(expected);
  });
});

test('versions are found by the times that Spark gave their commits', async () => {
  const store = fileObjectStore(join(golden, 'in-commit-timestamps/table'));
  const saying = (await timedCommits(store)).filter(({ version }) => version >= 2);
  const times = await Promise.all(
    saying.map(async ({ info }) => {
      const { bytes } = (await store.read(info.path))!;
      return parseActions(bytes).find((action) => 'commitInfo' in action)!.commitInfo.inCommitTimestamp as number;
    }),
  );
  expect(await Promise.all(times.map((time) => versionAt(store, checkpointCodec, time)))).toEqual([2, 3]);
  expect(await versionAt(store, checkpointCodec, times[1]! - 1)).toBe(2);
});
