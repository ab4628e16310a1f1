import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { bakedSettings } from '#adapters/aws/baked-settings.ts';
import { functionEnvironment } from '#adapters/aws/function-environment.ts';

afterEach(() => vi.unstubAllEnvs());

test('every missing variable is named', () => {
  vi.stubEnv('ALLUVIUM_LEDGER_TABLE', 'ledger');
  expect(functionEnvironment('ledgerTable')).toEqual({ ledgerTable: 'ledger' });
  expect(() => functionEnvironment('ledgerTable', 'lakeBucket', 'deltaLogTable')).toThrow(
    'expected the environment variables ALLUVIUM_LAKE_BUCKET, ALLUVIUM_DELTA_LOG_TABLE, found them unset',
  );
});

test('settings are read from beside the bundle, and missed by name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  const bundle = pathToFileURL(join(folder, 'index.mjs')).href;
  expect(() => bakedSettings(bundle)).toThrow(join(folder, 'settings.json'));
  writeFileSync(join(folder, 'settings.json'), '{"environment":"dev"}');
  expect(bakedSettings(bundle)).toEqual({ environment: 'dev' });
});
