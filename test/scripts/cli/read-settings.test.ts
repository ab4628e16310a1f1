import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { exitCodeOf, exitCodes } from '../../../scripts/cli/failure.ts';
import { readSettings } from '../../../scripts/cli/read-settings.ts';
import { SetupError } from '../../../scripts/cli/verb.ts';

const root = mkdtempSync(join(tmpdir(), 'read-settings-'));
afterAll(() => rmSync(root, { recursive: true }));

test('a fault in the settings is told by file and key, as none of the command', () => {
  mkdirSync(join(root, 'config'));
  writeFileSync(join(root, 'config/dev.yaml'), 'tables:\n  orders:\n    logStore: zookeeper\n');
  const read = () => readSettings(root, 'dev');
  expect(read).toThrow(SetupError);
  expect(read).toThrow('config/dev.yaml: tables.orders.logStore: ');
  expect(exitCodeOf(new SetupError('settings'))).toBe(exitCodes.usage);
});
