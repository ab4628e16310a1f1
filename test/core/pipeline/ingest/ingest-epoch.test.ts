import { describe, expect, test } from 'vitest';
import type { EpochUnit } from '#contract/epoch-unit.ts';
import { ingestWorld, record } from '../../../support/ingest.ts';

const worldOf = (epochUnit: EpochUnit) =>
  ingestWorld({
    schema: [
      { name: 'at', type: 'timestamp', epochUnit },
      { name: 'nested', type: { type: 'struct', fields: [{ name: 'at', type: 'timestamp', epochUnit }] } },
      { name: 'plain', type: 'timestamp' },
    ],
  });

const instant = Date.parse('2021-07-20T23:18:18.519Z');

describe('numbers of a declared unit are instants', () => {
  test.each<[EpochUnit, string, string]>([
    ['seconds', '1626823098', '2021-07-20T23:18:18.000Z'],
    ['seconds', '1626823098.519', '2021-07-20T23:18:18.519Z'],
    ['seconds', '1.626823098519e9', '2021-07-20T23:18:18.519Z'],
    ['milliseconds', '1626823098519', '2021-07-20T23:18:18.519Z'],
    ['milliseconds', '-1', '1969-12-31T23:59:59.999Z'],
    ['microseconds', '1626823098519000', '2021-07-20T23:18:18.519Z'],
    ['nanoseconds', '1626823098519000000', '2021-07-20T23:18:18.519Z'],
    ['nanoseconds', '"2021-07-20T23:18:18.519Z"', '2021-07-20T23:18:18.519Z'],
  ])('%s %s', async (unit, number, expected) => {
    const world = worldOf(unit);
    await world.ingest([record(1, `{"at":${number},"nested":{"at":${number}}}`)]);
    const at = BigInt(Date.parse(expected)) * 1000n;
    expect(await world.rows('clicks')).toMatchObject([{ at, nested: { at } }]);
  });
});

describe('exactly, or not at all', () => {
  test.each<[EpochUnit, string, string]>([
    ['seconds', '0.0000001', 'LossyValue'],
    ['milliseconds', '1.0001', 'LossyValue'],
    ['microseconds', '0.5', 'LossyValue'],
    ['nanoseconds', '1626823098519000001', 'LossyValue'],
    ['seconds', '253402300800', 'InvalidTimestamp'],
    ['seconds', '-62135596801', 'InvalidTimestamp'],
    ['milliseconds', '1e300', 'InvalidTimestamp'],
    ['milliseconds', '"soon"', 'InvalidTimestamp'],
    ['milliseconds', 'true', 'TypeMismatch'],
    ['milliseconds', '"1626823098519"', 'InvalidTimestamp'],
  ])('%s %s: %s', async (unit, number, error) => {
    const world = worldOf(unit);
    await world.ingest([
      record(1, `{"at":${number}}`),
      record(2, `{"nested":{"at":${number}}}`),
      record(3, '{"at":null}'),
    ]);
    expect(await world.rows('clicks')).toHaveLength(1);
    expect(await world.rows('dead_letters')).toMatchObject([
      { error, path: '$.at' },
      { error, path: '$.nested.at' },
    ]);
  });
});

test('a timestamp without a unit takes no numbers, and no log ever names a unit', async () => {
  const world = worldOf('milliseconds');
  await world.ingest([record(1, `{"plain":${instant}}`), record(2, `{"at":${instant}}`)]);
  expect(await world.rows('dead_letters')).toMatchObject([{ error: 'TypeMismatch', path: '$.plain' }]);
  expect((await world.ledger.tableNamed('clicks'))?.schemaString).not.toContain('epochUnit');
});
