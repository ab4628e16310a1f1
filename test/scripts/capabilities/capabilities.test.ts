import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { capabilities } from '../../../scripts/capabilities/rows.ts';

const root = join(import.meta.dirname, '../../..');

test('the last line is every row as JSON, and what must work and does not is said with status 1', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capabilities-'));
  try {
    const results = join(folder, 'results.json');
    const passed = { title: 'K1 does it', status: 'passed', meta: { capability: { pushed: 1, read: 1 } } };
    const file = join(root, 'test/capabilities/K1-workers.test.ts');
    await writeFile(results, JSON.stringify({ testResults: [{ name: file, assertionResults: [passed] }] }));
    const args = ['scripts/capabilities/capabilities.ts', '--results', results, '--check', '--json'];
    const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
      execFile(process.execPath, args, { cwd: root }, (error, out) => resolve({ code: error?.code ?? 0, stdout: out }));
    });
    expect(code).toBe(1);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toContain('1 of 56 capabilities work');
    const { rows } = JSON.parse(lines.at(-1)!);
    expect(rows).toHaveLength(capabilities.length);
    expect(rows[0]).toEqual({
      id: 'K1',
      state: 'works',
      test: 'test/capabilities/K1-workers.test.ts',
      doc: 'docs/architecture.md#4-ingest',
    });
    expect(rows[1]).toMatchObject({ id: 'K2', state: 'open', test: '' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
