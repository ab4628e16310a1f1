import { describe, expect, test } from 'vitest';
import { type Item, tableItem, tableOf } from '#adapters/aws/ledger-items.ts';
import type { TableRecord } from '#pipeline/ledger/ledger.ts';
import { ingestWorld, record } from '../../../support/ingest.ts';

/** DynamoDB's limit. */
const maxItemBytes = 400 * 1024;

/** As it counts them: names and values in UTF-8. */
const itemBytes = (item: Item): number =>
  Object.entries(item).reduce(
    (sum, [name, { S = '', N = '', B = '' }]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(`${S}${N}`) + B.length,
    0,
  );

const fields = (count: number, name: (index: number) => string): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), 1]));

const within = (levels: number, inner: Record<string, unknown>): Record<string, unknown> =>
  levels === 0 ? inner : { ['字'.repeat(255)]: within(levels - 1, inner) };

describe('a table’s record fits its item, however its records name their fields', () => {
  test.each<[string, (batch: number) => Record<string, unknown>]>([
    ['in characters of three bytes', (batch) => fields(200, (index) => `${'字'.repeat(100)}${batch}_${index}`)],
    ['in characters that JSON escapes', (batch) => fields(200, (index) => `${'"'.repeat(100)}${batch}_${index}`)],
    [
      'within some of long names',
      (batch) =>
        within(
          8,
          fields(200, (index) => `${batch}_${index}`),
        ),
    ],
  ])('%s', async (_, payload) => {
    const world = ingestWorld();
    for (let batch = 0; batch < 12; batch++) await world.ingest([record(batch, JSON.stringify(payload(batch)))]);
    const table = (await world.ledger.tableNamed('clicks')) as TableRecord;
    // Not deflated, which random names are none the smaller for.
    expect(Buffer.byteLength(JSON.stringify(table))).toBeLessThan(maxItemBytes);
    const rows = (await world.manifests('clicks')).length;
    expect(rows).toBeGreaterThan(0);
    const refused = (await world.rows('dead_letters')).map(({ error }) => error);
    expect(rows + refused.length).toBe(12);
    expect(new Set(refused)).toEqual(new Set(['TooManyColumns']));
  });
});

test('a record that others made large is deflated, and read again', () => {
  const schemaString = JSON.stringify({
    type: 'struct',
    fields: Array.from({ length: 3_000 }, (_, index) => ({
      name: `column_${index}`,
      type: 'string',
      nullable: true,
      metadata: { comment: `What somebody thought of column ${index} when it was made, at some length` },
    })),
  });
  const table: TableRecord = {
    ...{ tableId: 'id', tableName: 'wide', incarnation: 'lake', schemaString, schemaVersion: 7, partitionColumns: [] },
    logStore: { family: 'dynamodb', sinceVersion: -1 },
  };
  const item = tableItem(table);
  expect(schemaString.length).toBeGreaterThan(maxItemBytes);
  expect(itemBytes(item)).toBeLessThan(maxItemBytes / 4);
  expect(tableOf(item)).toEqual(table);
});
