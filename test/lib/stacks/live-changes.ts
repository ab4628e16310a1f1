import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../../lib/settings-file.ts';
import { type Synthesised, synthesise } from '../../support/synthesised.ts';

const rooms = ['storage', 'ingest', 'commit', 'maintenance', 'observability'];

const environment = (sources: string, tables: string): Synthesised =>
  synthesise(
    parseSettings(`sources: ${sources}\ntables: ${tables}`, { file: 'config/live.yaml', environment: 'live' }),
  );

const before = environment('{ clicks: { kinesis: {}, table: clicks } }', '{ clicks: {} }');
const after = environment(
  '{ carts: { kinesis: {}, table: carts }, clicks: { kinesis: {}, table: clicks } }',
  '{ carts: {}, clicks: {} }',
);

/** Code is another asset whenever settings are: they are baked into it. The dashboard shows all there is. */
function resourcesOf(synthesised: Synthesised, room: string): [string, unknown][] {
  return Object.entries(synthesised.resources(room))
    .filter(([, { Type }]) => Type !== 'AWS::CloudWatch::Dashboard')
    .map(([id, { Type, Properties }]) => {
      const { Code, LifecycleConfiguration, ...properties } = Properties ?? {};
      return [id, { Type, properties }];
    });
}

describe('adding a source and a table, or removing them', () => {
  test.each(rooms)('leaves what else the %s stack holds as it is', (room) => {
    const known = Object.fromEntries(resourcesOf(after, room));
    const kept = resourcesOf(before, room);
    expect(kept.length).toBeGreaterThan(room === 'ingest' ? 5 : 2);
    for (const [id, resource] of kept) expect(known[id], id).toEqual(resource);
  });

  test('touches no value that one stack exports to another, which CloudFormation would refuse to remove', () => {
    for (const room of rooms) expect(after.exports(room)).toEqual(before.exports(room));
    expect(after.exports('ingest')).toEqual([]);
    expect(after.exports('storage').length).toBeGreaterThan(3);
  });
});

describe('another lake, or another table of commits', () => {
  const text = (more: string) =>
    `${more}\nsources: { clicks: { kinesis: {}, table: clicks } }\ntables: { clicks: { logStore: conditional } }`;
  const own = (more = '') => synthesise(parseSettings(text(more), { file: 'config/live.yaml', environment: 'live' }));
  const stays = own();
  const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:lake-AbCdEf';

  test.each([
    ['deltaLogTable: delta_log'],
    [`lake: { kind: azure, account: acme, container: lake, secretArn: '${secretArn}' }`],
  ])('%s: stacks that import what storage exports no more can do without it before', (setting) => {
    const changed = own(setting);
    const gone = stays.exports('storage').filter((name) => !changed.exports('storage').includes(name));
    expect(gone.length).toBeGreaterThan(0);
    for (const room of ['ingest', 'maintenance', 'commit', 'observability']) {
      const imported = [...JSON.stringify(changed.resources(room)).matchAll(/"Fn::ImportValue":"([^"]+)"/g)];
      const before = rooms.flatMap((other) => stays.exports(other));
      for (const [, name] of imported) expect(before).toContain(name);
    }
  });
});

test('a name that would make a longer one than Lambda takes is refused', () => {
  const name = 'a-source-that-is-called-by-a-whole-long-sentence';
  expect(() => environment(`{ ${name}: { kinesis: {}, table: clicks } }`, '{ clicks: {} }')).toThrow(
    `expected names of at most 64 characters, got alluvium-live-ingest-${name} (${21 + name.length}): shorten ingest-${name}`,
  );
});

test.each([
  ['logRetention: 8d', 'logRetention: expected one of 1d, 3d, 5d'],
  [
    'clusters: { events: { kind: provisioned, brokers: 5 } }',
    'clusters.events.brokers: expected a multiple of 2 or 3 (zones); got 5',
  ],
])('%s is refused', (setting, refusal) => {
  const settings = parseSettings(
    `${setting}\nsources: { clicks: { kinesis: {}, table: clicks } }\ntables: { clicks: {} }`,
    { file: 'config/live.yaml', environment: 'live' },
  );
  expect(() => synthesise(settings)).toThrow(refusal);
});
