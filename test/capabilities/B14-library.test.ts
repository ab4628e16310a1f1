import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import type * as LiveFiles from '#delta/live-files.ts';
import { lakeWorld } from '../support/capability.ts';

const root = join(import.meta.dirname, '../..');
/** Names of errors are agreed with the infrastructure. */
const own = /^lambdas\/core\/(delta\/|contract\/error-names\.ts$)/;
const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: { checkpointInterval: 2 } }
`;

test('B14 the Delta library stands alone, for any JavaScript: no Node, no AWS, and it reads what the pipeline wrote', async () => {
  const world = await lakeWorld(settings);
  for (let id = 0; id < 5; id++) {
    await world.push('clicks', [{ value: { id } }, { value: { id: id + 100 } }]);
    await world.commit();
  }
  const folder = await mkdtemp(join(tmpdir(), 'alluvium-delta-'));
  try {
    const outfile = join(folder, 'delta.mjs');
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: ['lambdas/core/delta/live-files.ts'],
      ...{ outfile, bundle: true, format: 'esm', platform: 'neutral', mainFields: ['module', 'main'], metafile: true },
    });
    const packages = Object.keys(metafile.inputs).filter((input) => !own.test(input));
    for (const input of packages) expect(input).toMatch(/^node_modules\/(@noble\/hashes|crc-32)\//);

    const library: typeof LiveFiles = await import(/* @vite-ignore */ pathToFileURL(outfile).href);
    const table = await library.openTableFiles(world.storeOf('clicks'), checkpointCodec);
    const files = await Array.fromAsync(table!.files());
    const counted = files.map(({ stats }) => JSON.parse(stats!).numRecords as number);
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe((await world.rows('clicks')).length);
  } finally {
    await rm(folder, { recursive: true });
  }
});
