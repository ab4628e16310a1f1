import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { exitCodeOf, exitCodes } from '../../../scripts/cli/failure.ts';
import { readSettings } from '../../../scripts/cli/read-settings.ts';
import { SetupError } from '../../../scripts/cli/verb.ts';

const root = mkdtempSync(join(tmpdir(), 'read-settings-'));
afterAll(() => rmSync(root, { recursive: true }));

test('a fault in the settings is told by file and key, as none of the command', () => {
  mkdirSync(join(root, 'config'), { recursive: true });
  writeFileSync(join(root, 'config/dev.yaml'), 'tables:\n  orders:\n    logStore: zookeeper\n');
  const read = () => readSettings(root, 'dev');
  expect(read).toThrow(SetupError);
  expect(read).toThrow('config/dev.yaml: tables.orders.logStore: ');
  expect(exitCodeOf(new SetupError('settings'))).toBe(exitCodes.usage);
});

describe('settings of which one table is asked for', () => {
  const faulty = [
    'sources:',
    '  web: { kinesis: { shards: 1 }, table: clicks }',
    '  shop: { kinesis: { shards: none }, table: orders }',
    'tables:',
    '  clicks: { latency: soon }',
    '  orders: { logStore: conditional }',
    '  trips: { logStore: zookeeper }',
  ];
  const read = (tableName?: string, lines = faulty) => {
    mkdirSync(join(root, 'config'), { recursive: true });
    writeFileSync(join(root, 'config/dev.yaml'), lines.join('\n'));
    return readSettings(root, 'dev', tableName);
  };

  test('are read past the faults of others, and of sources', () => {
    const { tables, sources } = read('orders');
    expect(tables.orders).toMatchObject({ logStore: 'conditional' });
    expect([Object.keys(tables).sort(), sources]).toEqual([['dead_letters', 'orders'], {}]);
    expect(read('dead_letters').tables.dead_letters).toMatchObject({ logStore: 'dynamodb' });
  });

  test('are refused for a fault of its own, and for one that concerns them all', () => {
    expect(() => read('clicks')).toThrow('config/dev.yaml: tables.clicks.latency: ');
    expect(() => read('orders', [...faulty, 'wakeWindow: 1h'])).toThrow('config/dev.yaml: wakeWindow: ');
    expect(() => read('orders', ['sources: {}', 'tables: none'])).toThrow('config/dev.yaml: tables: ');
    expect(() => read()).toThrow('config/dev.yaml: tables.clicks.latency: ');
  });
});

test('a fault in the pattern that a table has its settings of is one of the table', () => {
  mkdirSync(join(root, 'config'), { recursive: true });
  const lines = [
    'sources: {}',
    'tables:',
    '  "events_*": { logStore: conditional, latncy: 5s }',
    '  "*": { latency: soon }',
  ];
  writeFileSync(join(root, 'config/dev.yaml'), lines.join('\n'));
  expect(() => readSettings(root, 'dev', 'events_order')).toThrow('config/dev.yaml: tables.events_*.latncy: ');
});
