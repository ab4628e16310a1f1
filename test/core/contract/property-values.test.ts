import { expect, test } from 'vitest';
import { propertyFault } from '#contract/property-values.ts';
import { settings } from '#contract/settings.ts';
import { assertValidProperties, properties } from '#delta/properties.ts';
import { protocolFor } from '#delta/protocol.ts';

const samples = [
  ...['true', ' TRUE', 'False', 'yes', '', '0', '1', '-1', '-2', '10', '1.5', '1e3', '999999999999999999999'],
  ...['classic', 'V2', 'serializable', 'SnapshotIsolation', 'strict'],
  ...['interval 7 days', '30 days', '1 day 12 hours', 'interval 1 week', '7d', '1 month', '7', 'interval'],
  ...['128mb', '1g', '0', '64 kb', 'big'],
];

const isRefused = (key: string, text: string): boolean => {
  try {
    assertValidProperties({ [key]: text });
    protocolFor({ type: 'struct', fields: [] }, { [key]: text });
    return false;
  } catch {
    return true;
  }
};

test('what a property cannot be is refused with the settings, not by the first commit', () => {
  const columns: string = properties.statsColumns.key;
  const icts: string = properties.enableInCommitTimestamps.key;
  const keys = Object.values(properties)
    .map(({ key }) => key as string)
    .filter((key) => key !== columns && key !== icts);
  const differing = keys.flatMap((key) =>
    samples
      .filter((text) => (propertyFault(key, text) !== undefined) !== isRefused(key, text))
      .map((text) => [key, text]),
  );
  expect(differing).toEqual([]);
});

test('a fault names property, value and what was expected', () => {
  const found = settings.safeParse({
    sources: {},
    tables: { t: { properties: { 'delta.logRetentionDuration': '7d', owner: 'web' } } },
  });
  expect(found.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
    'tables.t.properties.delta.logRetentionDuration: expected an interval such as "interval 7 days"; got "7d"',
  ]);
});

test('a feature that properties ask for in capitals is one all the same', () => {
  const columns = { type: 'struct' as const, fields: [] };
  expect(protocolFor(columns, { 'delta.enableChangeDataFeed': 'True' }).minWriterVersion).toBe(4);
  expect(protocolFor(columns, { 'delta.enableTypeWidening': 'TRUE' }).readerFeatures).toEqual(['typeWidening']);
});
