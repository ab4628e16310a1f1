import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adopt } from '../../../scripts/cli/adopt.ts';
import { drain } from '../../../scripts/cli/drain.ts';
import { mapping } from '../../../scripts/cli/mapping.ts';
import { seek } from '../../../scripts/cli/seek.ts';
import { takeOver } from '../../../scripts/cli/take-over.ts';
import type { Verb } from '../../../scripts/cli/verb.ts';
import { KafkaDeltaIngest } from '../../support/kafka-delta-ingest.ts';
import { type OperatedLake, startOperatedLake } from '../../support/operated-lake.ts';

let operated: OperatedLake;
beforeAll(async () => {
  operated = await startOperatedLake();
});
afterAll(() => operated.close());

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const movies = (from: number, to: number) => numbers(from, to).map((id) => ({ id }));
const trades = (from: number, to: number) =>
  numbers(from, to).map((id) => ({ event_time: '2026-11-21T10:00:00Z', ticker: 'AAPL', trade_id: id }));
const idsIn = async (table: string, column: string) =>
  (await operated.rows(table)).map((row) => row[column] as number).sort((left, right) => left - right);

/** Drains while a committer is at work, as one is on AWS. */
async function drained(...args: string[]) {
  let isDone = false;
  const run = operated.alluvium(drain, '--env', 'local', '--every', '100ms', ...args).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await operated.commit();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return run;
}

test('a topic: drained and off, sought back without doubling, read again where it is wanted', async () => {
  await operated.send(movies(0, 20));
  const ended = await drained('movies');
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('  movies/0: 20\n') });
  expect(operated.mappings.movies.state).toBe('Disabled');
  expect(await idsIn('movies', 'id')).toEqual(numbers(0, 20));

  const planned = await operated.alluvium(seek, '--env', 'local', 'movies', '--to', '15', '--dry-run');
  expect(planned).toEqual({
    code: 0,
    stdout: 'movies/0: from 20 back to 15: 5 records are read again; rows that are in movies are not made again',
    stderr: '',
  });
  const unsure = await operated.alluvium(seek, '--env', 'local', 'movies', '--to', 'earliest');
  expect(unsure).toMatchObject({ code: 3, stderr: expect.stringContaining('20 records are read again') });

  const sought = await operated.alluvium(seek, '--env', 'local', 'movies', '--to', '15', '--yes');
  expect(sought).toMatchObject({ code: 0, stdout: expect.stringContaining('Turn the source on now') });
  expect(operated.kafka.committedOffset('alluvium-local-movies', 'movies', 0)).toBe(15);
  await operated.send(movies(20, 25));
  await operated.mappings.movies.turnOn();
  await drained('movies');
  expect(await idsIn('movies', 'id')).toEqual(numbers(0, 25));

  await operated.alluvium(seek, '--env', 'local', 'movies', '--to', '22', '--repeat', '--yes');
  await operated.mappings.movies.turnOn();
  await drained('movies');
  expect(await idsIn('movies', 'id')).toEqual([...numbers(0, 23), 22, 23, 23, 24, 24].sort((a, b) => a - b));

  const wrong = await operated.alluvium(seek, '--env', 'local', 'movies', '--to', '99', '--dry-run');
  expect(wrong).toMatchObject({ code: 3, stderr: expect.stringContaining('expected a position from 0 to 25') });
});

test('a stream: drained and off; its mapping keeps its own places', async () => {
  await operated.put(trades(0, 30));
  const ended = await drained('tickers', '--json');
  const { ends } = JSON.parse(ended.stdout) as { ends: Record<string, string> };
  expect(Object.keys(ends)).toEqual(['tickers/shardId-000000000000']);
  expect(operated.mappings.tickers.state).toBe('Disabled');
  expect(await idsIn('stock_prices', 'trade_id')).toEqual(numbers(0, 30));

  const planned = await operated.alluvium(seek, '--env', 'local', 'tickers', '--to', 'earliest', '--dry-run', '--json');
  expect(JSON.parse(planned.stdout).steps).toMatchObject([
    { direction: 'back', count: { records: 30, isLeast: false }, effect: { keep: ['stock_prices'], repeat: [] } },
  ]);
  const sought = await operated.alluvium(seek, '--env', 'local', 'tickers', '--to', 'earliest', '--yes');
  expect(sought.stdout).toContain('A mapping keeps its own places in a stream');

  await operated.alluvium(seek, '--env', 'local', 'tickers', '--to', 'latest', '--yes');
  await operated.put(trades(30, 35));
  await operated.mappings.tickers.turnOn();
  await drained('tickers');
  expect(await idsIn('stock_prices', 'trade_id')).toEqual(numbers(0, 35));
});

test('a mapping is turned on and off, and tells how it is', async () => {
  const { uuid } = operated.mappings.movies;
  const run = (...args: string[]) => operated.alluvium(mapping, '--env', 'local', ...args);
  expect((await run('movies', 'on')).stdout).toBe(`movies: ${uuid} Enabled`);
  expect((await run('movies', 'off')).stdout).toBe(`movies: ${uuid} Disabled`);
  expect(operated.mappings.movies.state).toBe('Disabled');
  expect(JSON.parse((await run('movies', '--json')).stdout)).toEqual([{ id: uuid, state: 'Disabled' }]);
  expect((await run('flights')).stdout).toBe('flights: no event source mapping');
  expect(await run('movies', 'up')).toMatchObject({ code: 2 });
});

test('while a mapping is on, a seek is refused and says which', async () => {
  await operated.mappings.movies.turnOn();
  const refused = await operated.alluvium(seek, '--env', 'local', 'movies', '--to', 'latest', '--yes');
  expect(refused).toMatchObject({
    code: 3,
    stderr: expect.stringContaining(`found ${operated.mappings.movies.uuid} Enabled`),
  });
});

describe('tables that others wrote', () => {
  const record = (offset: number) => ({ partition: 0, offset, id: `record-${offset}` });
  let old: KafkaDeltaIngest;
  let nowMs = 0;
  beforeAll(async () => {
    old = new KafkaDeltaIngest(operated.lake.tableStore('earthquakes'), { appId: 'quakes', nowMs: () => nowMs });
    nowMs = Date.now() - 3_600_000;
    await old.createTable();
    await old.write(numbers(0, 7).map(record));
    operated.kafka.ensureTopic('earthquakes', 1);
  });
  const verb = (of: Verb, ...args: string[]) =>
    operated.alluvium(of, '--env', 'local', 'earthquakes', '--source', 'earthquakes', '--watch', '1ms', ...args);
  const kdi = ['--from', 'kafka-delta-ingest', '--app-id'];

  test('a dry run names offsets and changes nothing', async () => {
    const planned = await verb(takeOver, ...kdi, 'quakes', '--dry-run', '--keep-group');
    expect(planned.stdout.split('\n')).toEqual([
      expect.stringMatching(
        /^Table earthquakes would be the pipeline's after version 1; its last commit, version 1 by delta-rs/,
      ),
      '  earthquakes/0: it has all up to 6; reading begins at 7',
      'Partitions that are not named here begin where sources.earthquakes says.',
    ]);
    expect(await operated.lake.ledger.tableNamed('earthquakes')).toBeUndefined();
  });

  test('a topic that has not what the table lacks is refused', async () => {
    const gone = await verb(takeOver, ...kdi, 'quakes');
    const message = 'expected it to have what comes after 6, which is the last that the table has; it has 0 up to 0';
    expect(gone).toMatchObject({ code: 3, stderr: expect.stringContaining(message) });
    expect((await verb(takeOver, ...kdi, 'quakes', '--dry-run')).stdout).toContain(`In the way: source partition`);
    await operated.send(movies(0, 9), 'earthquakes');
  });

  test('an application that the table does not know, and a source that feeds another one, are refused', async () => {
    const unknown = await verb(takeOver, ...kdi, 'metrics');
    expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('its log has quakes-0') });
    const other = ['--env', 'local', 'earthquakes', '--source', 'movies'];
    const elsewhere = await operated.alluvium(takeOver, ...other, ...kdi, 'quakes');
    expect(elsewhere).toMatchObject({
      code: 2,
      stderr: 'expected sources.movies to feed table earthquakes; it feeds movies',
    });
  });

  test('taken over, and again', async () => {
    const done = await verb(takeOver, ...kdi, 'quakes', '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({ kind: 'handedOver', version: 2 });
    expect(await old.write([record(7)])).toBe('outdated');
    const again = await verb(takeOver, ...kdi, 'quakes');
    expect(again.stdout).toMatch(/^Table earthquakes was handed over to source earthquakes already/);
    expect(await operated.lake.ledger.readCursor('earthquakes/0')).toMatchObject({ start: '7' });
    expect(operated.kafka.committedOffset('alluvium-local-earthquakes', 'earthquakes', 0)).toBe(7);
  });

  test('adopted from where its source is at an instant, at its end, at positions, or whole', async () => {
    await operated.mappings.movies.stop();
    const plan = async (...args: string[]) => {
      const ran = await operated.alluvium(
        adopt,
        '--env',
        'local',
        'flights',
        '--source',
        'flights',
        '--dry-run',
        '--json',
        ...args,
      );
      return ran.code === 0 ? JSON.parse(ran.stdout).claims : ran;
    };
    operated.kafka.ensureTopic('flights', 2);
    const flights = new KafkaDeltaIngest(operated.lake.tableStore('flights'), { appId: 'loop', nowMs: () => nowMs });
    await flights.createTable();
    expect(await plan('--from', 'earliest')).toEqual([]);
    expect(await plan('--from', 'latest')).toMatchObject([{ start: '0' }, { start: '0' }]);
    expect(await plan('--from-timestamp', '2026-11-21T00:00:00Z')).toMatchObject([{ start: '0' }, { start: '0' }]);
    expect(await plan('--from-position', '1=5')).toEqual([{ sourcePartition: 'flights/1', floor: '4', start: '5' }]);
    expect(await plan('--from-position', 'one=5')).toMatchObject({ code: 2 });
    expect(await plan('--from', 'somewhere')).toMatchObject({ code: 2 });
    expect(await plan()).toMatchObject({ code: 2 });
  });
});

test('what is not given as it must be is told', async () => {
  for (const [verb, ...args] of [
    [seek, 'movies', '--to', 'latest'],
    [seek, '--env', 'local', 'movies'],
    [seek, '--env', 'local', 'movies', '--to', 'yesterday', '--yes'],
    [seek, '--env', 'local', 'nothing', '--to', 'latest', '--yes'],
    [seek, '--env', 'local', 'movies', '--to', 'latest', '--table', 'movies', '--yes'],
    [drain, '--env', 'local'],
    [drain, '--env', 'local', 'movies', '--all'],
    [drain, '--env', 'local', 'movies', '--timeout', 'soon'],
  ] as const) {
    const ran = await operated.alluvium(verb, ...args);
    expect(ran, args.join(' ')).toMatchObject({ code: 2, stderr: expect.stringContaining('expected') });
  }
});
