import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FunctionLog } from '../../../../scripts/local/functions/function-log.ts';
import { Metrics } from '../../../../scripts/local/metrics/metrics.ts';

const folder = mkdtempSync(join(tmpdir(), 'function-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

const error = (name: string, about: object = {}) =>
  JSON.stringify({ level: 'ERROR', message: 'table not committed', ...about, error: { name, message: 'older' } });

test('an error is told once in a line, another one too, and all is in the file', async () => {
  const told: string[] = [];
  const log = new FunctionLog(folder, 'commit', new Metrics(), (line) => told.push(line));
  expect(log.lastError).toBeUndefined();
  const lines = [
    error('LedgerBehindLogError'),
    error('LedgerBehindLogError'),
    '{"level":"INFO","message":"done"}',
    'no JSON, "level":"ERROR"',
    error('CorruptLog', { table: 'flights' }),
  ];
  for (const line of lines) log.write(line);
  await log.close();
  expect(told).toEqual([
    'table not committed: LedgerBehindLogError: older',
    'table not committed, table flights: CorruptLog: older',
  ]);
  expect(log.lastError).toBe(told[1]);
  expect(readFileSync(log.path, 'utf8').trimEnd().split('\n')).toEqual(lines);
});
