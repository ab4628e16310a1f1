import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import type { Report } from '../../scripts/local/report/report.ts';
import { newDataFolder, removeDataFolder, startPipeline } from './support/pipeline.ts';

/* SIGKILL to everything in mid-stream, then again from what is on the disk. */
const folder = newDataFolder();
afterAll(() => removeDataFolder(folder));

/** Some table's first version is on the disk: four tables wait for theirs, and the audit for them all. */
const firstCommit = (): boolean => globSync('lake/*/tables/*/_delta_log/*0.json', { cwd: folder }).length > 0;

test('started again after SIGKILL in mid-stream, it goes on and the audit balances', async () => {
  const first = startPipeline(folder, ['--once']);
  await vi.waitUntil(firstCommit, { timeout: 180_000, interval: 10 });
  first.kill('SIGKILL');
  expect(await first.ended).toBeNull();
  expect(first.output()).not.toContain('Audit');

  const second = startPipeline(folder, ['--once']);
  expect(await second.ended, second.output()).toBe(0);
  const { balanced, sources }: Report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  expect(balanced).toBe(true);
  for (const [source, { missing, duplicated }] of Object.entries(sources)) {
    expect({ source, missing, duplicated }).toEqual({ source, missing: 0, duplicated: 0 });
  }
  expect(sources.flights).toMatchObject({ in: 200_011, rows: 200_000 });
});
