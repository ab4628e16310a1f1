import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, METHODS, STATUS_CODES } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { App, Stack } from 'aws-cdk-lib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AskedJob, PayloadRoom } from '#adapters/kernel/second-core-jobs.ts';
import { bakedSettingsFile, parquetWasmFile, secondCoreFile } from '#contract/environment.ts';
import { esbuildBundler, FunctionBundles } from '../../lib/constructs/function-bundle.ts';
import { settingsOf } from '../support/synthesised.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'alluvium-bundle-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

test('a handler becomes one module that runs, with CommonJS packages in it', async () => {
  write(
    'lambdas/greet/handler.ts',
    "import { tmp } from './old.cjs';\nexport const handler = async (): Promise<string> => tmp();",
  );
  write('lambdas/greet/old.cjs', "const { basename } = require('node:path');\nexports.tmp = () => basename('/a/b');");
  const output = join(root, 'output');
  mkdirSync(output);
  esbuildBundler(root)('greet', output);
  expect(readdirSync(output)).toEqual(['index.mjs']);
  const { handler } = await import(pathToFileURL(join(output, 'index.mjs')).href);
  expect(await handler()).toBe('b');
});

test('what a handler imports when it is first needed lies beside it', async () => {
  write(
    'lambdas/greet/handler.ts',
    "export const handler = async (): Promise<string> => (await import('./rare.ts')).greeting;",
  );
  write('lambdas/greet/rare.ts', "export const greeting = 'a rare greeting';");
  const output = join(root, 'output');
  esbuildBundler(root)('greet', output);
  expect(readFileSync(join(output, 'index.mjs'), 'utf8')).not.toContain('a rare greeting');
  const { handler } = await import(pathToFileURL(join(output, 'index.mjs')).href);
  expect(await handler()).toBe('a rare greeting');
});

test('built-ins that are asked for by name answer as themselves', async () => {
  write(
    'lambdas/greet/handler.ts',
    `import http, { STATUS_CODES } from 'node:http';
import { pid } from 'node:process';
export const handler = async () => [http.METHODS, STATUS_CODES, (await import('node:http')).Agent, pid];`,
  );
  const output = join(root, 'output');
  esbuildBundler(root)('greet', output);
  const { handler } = await import(pathToFileURL(join(output, 'index.mjs')).href);
  expect(await handler()).toEqual([METHODS, STATUS_CODES, Agent, process.pid]);
});

test('WebAssembly of Parquet lies beside the bundles that import it', () => {
  write('node_modules/parquet-wasm/esm/index.js', 'export const read = () => 1;');
  write(`node_modules/parquet-wasm/esm/${parquetWasmFile}`, 'wasm');
  write('lambdas/write/handler.ts', "export { read as handler } from '../../node_modules/parquet-wasm/esm/index.js';");
  const output = join(root, 'output');
  mkdirSync(output);
  esbuildBundler(root)('write', output);
  expect(readFileSync(join(output, parquetWasmFile), 'utf8')).toBe('wasm');
});

test('a second core finds what it runs beside the bundles of ingest', async () => {
  const output = join(root, 'output');
  esbuildBundler(join(import.meta.dirname, '../..'))('ingest-kinesis', output);
  const { port1, port2 } = new MessageChannel();
  const signals = new Int32Array(new SharedArrayBuffer(8));
  const workerData = { port: port2, signals };
  const thread = new Worker(join(output, secondCoreFile), { workerData, transferList: [port2] });
  const schema = { type: 'struct', fields: [{ name: 'id', type: 'long', nullable: true, metadata: {} }] } as const;
  const next = () => new Promise<unknown>((resolve) => port1.once('message', resolve));
  port1.postMessage({ id: 2, job: { kind: 'room', bytes: 100 } } satisfies AskedJob);
  const { memory, start } = ((await next()) as { answer: PayloadRoom }).answer;
  Buffer.from(memory).write('{"id":7}\n{}!!\n', start, 'latin1');
  const table = { schema: { ...schema, fields: [...schema.fields] }, reserved: new Set<string>() };
  const spans = Uint32Array.of(start, start + 8, start + 9, start + 13, 0, 0);
  const job = { kind: 'scan', depth: 0, spans, scanner: 0, table } as const;
  port1.postMessage({ id: 3, job } satisfies AskedJob);
  expect(await next()).toEqual({ id: 3, answer: { unscanned: [1] } });
  await thread.terminate();
});

test('a handler that is not there is named', () => {
  mkdirSync(join(root, 'lambdas/empty'), { recursive: true });
  expect(() => esbuildBundler(root)('empty', root)).toThrow(
    "expected the function's handler at lambdas/empty/handler.ts, found no such file",
  );
  const bundles = new FunctionBundles(root, settingsOf('dev'), esbuildBundler(root));
  expect(() => bundles.of('absent')).toThrow("expected the function's code in lambdas/absent, found no such folder");
});

test('settings lie beside each bundle as they were parsed; what several functions share is built once', () => {
  mkdirSync(join(root, 'lambdas/greet'), { recursive: true });
  const settings = settingsOf('dev');
  const built: string[] = [];
  const bundles = new FunctionBundles(root, settings, (folder, output) => {
    built.push(folder);
    writeFileSync(join(output, 'index.mjs'), '');
  });
  const stack = new Stack(new App({ outdir: join(root, 'out') }), 'stack');
  expect(bundles.of('greet')).toBe(bundles.of('greet'));
  bundles.of('greet').bind(stack);
  expect(built).toEqual(['greet']);
  const asset = readdirSync(join(root, 'out')).find((name) => name.startsWith('asset.')) as string;
  expect(JSON.parse(readFileSync(join(root, 'out', asset, bakedSettingsFile), 'utf8'))).toEqual(settings);
});
