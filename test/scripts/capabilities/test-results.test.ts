import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { capabilitiesPage } from '../../../scripts/capabilities/page.ts';
import { capabilities, isNeeded } from '../../../scripts/capabilities/rows.ts';
import { rowsOf, type TestResult } from '../../../scripts/capabilities/test-results.ts';

const docs = join(import.meta.dirname, '../../../docs');
const listed = [{ id: 'K1', what: 'one', doc: 'a.md#one' }];
const passed: TestResult = { file: 'test/k1.test.ts', title: 'K1 does one', status: 'passed', pushed: 3, read: 2 };
const reasonOf = (...results: TestResult[]) => rowsOf(listed, results)[0]?.reason;

test('a capability works by tests of its name that passed, pushed records, and read rows', () => {
  const sameFile = { ...passed, title: 'K1 does more', pushed: 0, read: 0 };
  expect(rowsOf(listed, [passed, sameFile])).toEqual([
    { id: 'K1', state: 'works', test: ['test/k1.test.ts'], doc: 'a.md#one' },
  ]);
});

test('the page names tests of capabilities where there are any, whatever else was run', () => {
  const other = { ...passed, file: 'test/capabilities/K1.test.ts' };
  expect(rowsOf(listed, [passed, other])[0]?.test).toEqual([other.file]);
  expect(reasonOf({ ...passed, status: 'failed' }, other)).toBe('"K1 does one" failed');
});

test('without a test, or with one that failed, was skipped, or proves nothing, it is open', () => {
  expect(reasonOf({ ...passed, title: 'K11 does another' })).toBe('no test ran');
  expect(reasonOf(passed, { ...passed, title: 'K1 fails', status: 'failed' })).toBe('"K1 fails" failed');
  expect(reasonOf(passed, { ...passed, title: 'K1 rests', status: 'skipped' })).toBe('"K1 rests" skipped');
  expect(reasonOf({ ...passed, pushed: 0 })).toBe('no test pushed records through a source');
  expect(reasonOf({ ...passed, read: 0 })).toBe('no test read rows from a table');
});

test('every row of the four systems is needed but the last of Danube and those of Flink', () => {
  const others = capabilities.filter(({ id }) => !isNeeded(id)).map(({ id }) => id);
  expect(others.filter((id) => !id.startsWith('B'))).toEqual(['D10', 'F1', 'F2', 'F3', 'F4']);
  expect(new Set(capabilities.map(({ id }) => id)).size).toBe(56);
});

test('the page says of each capability its state, its tests and its doc', () => {
  expect(capabilitiesPage(listed, rowsOf(listed, [passed]))).toContain(
    '| K1 | one | works | [k1.test.ts](../test/k1.test.ts) | [a.md](a.md#one) |',
  );
});

test('every capability is told of in a section that is there', () => {
  const anchorsOf = (file: string): string[] =>
    [...readFileSync(join(docs, file), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replace(/\s/g, '-'),
    );
  for (const { id, doc } of capabilities) {
    const [file = '', anchor] = doc.split('#');
    if (anchor === undefined) expect(existsSync(join(docs, file)), id).toBe(true);
    else expect(anchorsOf(file), id).toContain(anchor);
  }
});
