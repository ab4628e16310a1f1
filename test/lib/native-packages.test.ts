import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { esbuildBundler } from '../../lib/constructs/function-bundle.ts';
import { addDuckdb } from '../../lib/constructs/native-packages.ts';

const armLibrary = '@duckdb/node-bindings-linux-arm64';
const hereLibrary = `@duckdb/node-bindings-${process.platform}-${process.arch}`;

let root: string;
let output: string;
const path = process.env.PATH;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'alluvium-native-'));
  output = join(root, 'output');
  mkdirSync(output);
  for (const name of ['@duckdb/node-api', '@duckdb/node-bindings', hereLibrary]) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name }));
  }
  lock({ [`node_modules/${armLibrary}`]: { version: '1.2.3', integrity: 'sha512-right' } });
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(root, { recursive: true });
});

function write(file: string, text: string): void {
  mkdirSync(join(root, file, '..'), { recursive: true });
  writeFileSync(join(root, file), text);
}
const lock = (packages: object) => write('package-lock.json', JSON.stringify({ packages }));

/** An npm that installs the library with this integrity, and counts how often. */
function npmThatInstalls(integrity: string): void {
  const packages = { packages: { [`node_modules/${armLibrary}`]: { version: '1.2.3', integrity } } };
  write(
    'bin/npm',
    `#!/bin/sh
echo "$@" >> ${join(root, 'asked')}
mkdir -p node_modules/${armLibrary} && echo library > node_modules/${armLibrary}/libduckdb.so
echo '${JSON.stringify(packages)}' > package-lock.json`,
  );
  chmodSync(join(root, 'bin/npm'), 0o755);
  process.env.PATH = `${join(root, 'bin')}${delimiter}${path}`;
}

const added = () => readdirSync(join(output, 'node_modules/@duckdb')).map((name) => `@duckdb/${name}`);

test('on this machine DuckDB is the one that is installed', () => {
  addDuckdb(root, output, 'here');
  expect(added().sort()).toEqual(['@duckdb/node-api', '@duckdb/node-bindings', hereLibrary].sort());
});

test('for Lambda its library is fetched once, for Linux on arm64, as the lock file has it', () => {
  npmThatInstalls('sha512-right');
  addDuckdb(root, output, 'lambda');
  rmSync(join(output, 'node_modules'), { recursive: true });
  addDuckdb(root, output, 'lambda');
  expect(added().sort()).toEqual(['@duckdb/node-api', '@duckdb/node-bindings', armLibrary]);
  expect(readFileSync(join(output, 'node_modules', armLibrary, 'libduckdb.so'), 'utf8')).toBe('library\n');
  const asked = readFileSync(join(root, 'asked'), 'utf8').trim().split('\n');
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain('--os=linux --cpu=arm64 --libc=glibc --ignore-scripts');
});

test('a library other than the locked one is refused, and not kept', () => {
  npmThatInstalls('sha512-other');
  expect(() => addDuckdb(root, output, 'lambda')).toThrow(
    `${armLibrary} 1.2.3: expected integrity sha512-right, got sha512-other`,
  );
  expect(readdirSync(join(root, 'node_modules/.cache/alluvium'))).toEqual([]);
});

test('what is missing is named', () => {
  lock({});
  expect(() => addDuckdb(root, output, 'lambda')).toThrow(`package-lock.json: expected ${armLibrary}`);
  rmSync(join(root, 'node_modules', hereLibrary), { recursive: true });
  expect(() => addDuckdb(root, output, 'here')).toThrow(`expected one of ${hereLibrary}`);
});

test('only bundles that import DuckDB have it beside them', () => {
  write('lambdas/merge/handler.ts', "export const handler = () => import('@duckdb/node-api');");
  write('lambdas/greet/handler.ts', 'export const handler = () => 1;');
  esbuildBundler(root)('greet', output);
  expect(existsSync(join(output, 'node_modules'))).toBe(false);
  esbuildBundler(root)('merge', output);
  expect(added()).toContain('@duckdb/node-api');
});
