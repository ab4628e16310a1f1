import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Site, tablesSite } from '../../../../scripts/local/page/site.ts';
import { lakeWorld } from '../../../support/capability.ts';

const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables:
  clicks: { schema: [{ name: id, type: long }, { name: city, type: string }], partitionBy: [city] }
`;
let folder: string;
let site: Site;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alluvium-site-'));
  const world = await lakeWorld(settings, { environment: 'local' });
  await world.push('clicks', [{ value: { id: 1, city: "L'Île <b>" } }, { value: 'broken & <script>' }]);
  await world.commit();
  await world.push('clicks', [{ value: { id: 2, city: 'Oslo' } }]);
  await world.commit();
  for (const [table, { objects }] of world.stores) {
    for (const { path, bytes } of objects.values()) {
      const file = join(folder, 'tables', table, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
  }
  await mkdir(join(folder, 'tables', 'damaged', '_delta_log'), { recursive: true });
  await writeFile(join(folder, 'tables', 'damaged', '_delta_log', `${'7'.padStart(20, '0')}.json`), '{}');
  const mappings = () => [
    { functionName: 'f', kind: 'kinesis' as const, origin: 'alluvium-clicks', lag: 7, busy: false, records: 3 },
  ];
  site = tablesSite({
    tablesFolder: join(folder, 'tables'),
    dataFolder: folder,
    mappings: () => mappings().map((mapping) => ({ ...mapping, batches: 1, failures: 0 })),
    links: { metrics: '/metrics' },
  });
});
afterAll(() => rm(folder, { recursive: true }));

test('the first page lists tables, sources and what is wrong with a table', async () => {
  const { status, body } = (await site('/'))!;
  expect(status).toBe(200);
  expect(body).toContain('<a href="/tables/clicks">clicks</a>');
  expect(body).toContain('alluvium-clicks');
  expect(body).toMatch(/damaged<\/a><\/td><td><span class="bad">.*versions have a gap/);
  expect(body).toContain('The first one comes when all is drained.');
});

test('a table shows its newest rows, columns, history and queries of its folder', async () => {
  const { body } = (await site('/tables/clicks'))!;
  expect(body).toMatch(/<td>2<\/td><td>Oslo<\/td>.*<td>1<\/td><td>L&#39;Île &lt;b&gt;<\/td>/s);
  expect(body).toContain('partition column');
  expect(body).toMatch(/version=1">1<\/a>.*version=0">0<\/a>/s);
  expect(body).toContain(`delta_scan(&#39;${join(folder, 'tables', 'clicks')}&#39;)`);
});

test('an earlier version shows what was there then', async () => {
  const { body } = (await site('/tables/clicks?version=0'))!;
  expect(body).not.toContain('Oslo');
  expect((await site('/tables/clicks?version=latest'))!.status).toBe(400);
});

test('dead letters show their payload as text, and markup in it is none', async () => {
  const { body } = (await site('/tables/dead_letters'))!;
  expect(body).toContain('broken &amp; &lt;script&gt;');
});

test('what is no table is said so', async () => {
  expect(await site('/tables/missing')).toMatchObject({ status: 404, body: expect.stringMatching(/got missing/) });
  expect(await site('/tables/..%2F..')).toMatchObject({ status: 404 });
  expect(await site('/elsewhere')).toBeUndefined();
});
