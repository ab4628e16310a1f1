import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FunctionLog } from '../../../../scripts/local/functions/function-log.ts';
import type { FunctionSpec } from '../../../../scripts/local/functions/function-spec.ts';
import { LocalFunction } from '../../../../scripts/local/functions/local-function.ts';
import { Metrics } from '../../../../scripts/local/metrics/metrics.ts';

describe('a function', () => {
  let folder: string;
  const open: LocalFunction[] = [];
  let count = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'alluvium-functions-'));
  });
  afterAll(async () => {
    for (const hosted of open) await hosted.close(0);
    rmSync(folder, { recursive: true, force: true });
  });

  const hostedFrom = (bundle: string, spec: Partial<FunctionSpec> = {}, metrics = new Metrics()): LocalFunction => {
    const name = `function-${++count}`;
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'index.mjs'), bundle);
    const hosted = new LocalFunction(
      {
        name,
        logicalId: name,
        arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
        folder: join(folder, name),
        handler: 'index.handler',
        memoryMiB: 256,
        timeoutMs: 5_000,
        environment: { PATH: process.env.PATH ?? '', GREETING: 'hello' },
        maxProcesses: 2,
        asyncRetryDelaysMs: [],
        ...spec,
      },
      new FunctionLog(join(folder, 'logs'), name, metrics),
    );
    open.push(hosted);
    return hosted;
  };
  const logOf = (hosted: LocalFunction): string =>
    readFileSync(join(folder, 'logs', `${hosted.spec.name}.log`), 'utf8');

  it('runs its handler with event, context and environment, in one process for one invocation after another', async () => {
    const hosted = hostedFrom(`
      let calls = 0;
      export const handler = async (event, context) => ({
        event, calls: ++calls, greeting: process.env.GREETING, name: context.functionName, memory: context.memoryLimitInMB,
        arn: context.invokedFunctionArn, time: context.getRemainingTimeInMillis() > 4000, id: context.awsRequestId.length,
      });`);
    await hosted.invoke('{}');
    const outcome = await hosted.invoke('{"n":1}');
    expect(outcome.kind === 'succeeded' && JSON.parse(outcome.payload)).toEqual({
      event: { n: 1 },
      calls: 2,
      greeting: 'hello',
      name: hosted.spec.name,
      memory: '256',
      arn: hosted.spec.arn,
      time: true,
      id: 36,
    });
    expect(hosted.report()).toMatchObject({ processes: 1, invocations: 2, errors: 0 });
  });

  it('answers what the handler throws as errorType, errorMessage and trace', async () => {
    const hosted = hostedFrom(`export const handler = async () => { throw new RangeError('too far'); };`);
    const outcome = await hosted.invoke('{}');
    expect(outcome).toMatchObject({ kind: 'failed', by: 'handler' });
    expect(outcome.kind === 'failed' && outcome.error).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'too far',
      trace: expect.arrayContaining(['RangeError: too far']),
    });
  });

  it('answers null for a handler that returns nothing', async () => {
    const hosted = hostedFrom('export const handler = async () => {};');
    expect(await hosted.invoke('{}')).toEqual({ kind: 'succeeded', payload: 'null' });
  });

  it('ends an invocation whose process ends, and starts another process for the next', async () => {
    const hosted = hostedFrom(
      `export const handler = async ({ exit }) => { if (exit) process.exit(7); return 'alive'; };`,
    );
    const outcome = await hosted.invoke('{"exit":true}');
    expect(outcome).toMatchObject({ kind: 'failed', by: 'exit', error: { errorType: 'Runtime.ExitError' } });
    expect(outcome.kind === 'failed' && outcome.error.errorMessage).toContain('exit status 7');
    expect(await hosted.invoke('{}')).toEqual({ kind: 'succeeded', payload: '"alive"' });
  });

  it('kills a process that takes longer than the timeout', async () => {
    const hosted = hostedFrom('export const handler = () => new Promise((resolve) => setTimeout(resolve, 60_000));', {
      timeoutMs: 300,
    });
    const outcome = await hosted.invoke('{}');
    expect(outcome).toMatchObject({ kind: 'failed', by: 'timeout', error: { errorType: 'Sandbox.Timedout' } });
    expect(outcome.kind === 'failed' && outcome.error.errorMessage).toMatch(/Task timed out after 0\.30 seconds$/);
    await vi.waitFor(() => expect(hosted.report()).toMatchObject({ processes: 0, timeouts: 1 }));
  });

  it.runIf(process.platform === 'linux')('kills a process that takes more memory than the function has', async () => {
    const hosted = hostedFrom(
      `const kept = [];
      export const handler = async () => {
        for (let chunk = 0; chunk < 40; chunk++) kept.push(Buffer.alloc(16 * 1024 * 1024, chunk));
        await new Promise((resolve) => setTimeout(resolve, 10_000));
      };`,
      { timeoutMs: 20_000 },
    );
    const outcome = await hosted.invoke('{}');
    expect(outcome).toMatchObject({ kind: 'failed', by: 'exit', error: { errorType: 'Runtime.OutOfMemory' } });
  });

  it('says why a bundle cannot be loaded', async () => {
    const hosted = hostedFrom('export const other = 1;');
    expect(await hosted.invoke('{}')).toMatchObject({
      kind: 'failed',
      by: 'exit',
      error: { errorMessage: expect.stringContaining('to export a function handler') },
    });
  });

  it('refuses a callback handler, which Node.js 24 on Lambda has not', async () => {
    const hosted = hostedFrom('export const handler = (event, context, callback) => callback(null, 1);');
    expect(await hosted.invoke('{}')).toMatchObject({
      kind: 'failed',
      by: 'exit',
      error: { errorMessage: expect.stringContaining('got a callback handler') },
    });
  });

  it('refuses payloads over 6 MB, on the way in and on the way out', async () => {
    const hosted = hostedFrom(`export const handler = async ({ bytes }) => 'x'.repeat(bytes ?? 0);`);
    const tooMuch = await hosted.invoke(JSON.stringify({ x: 'x'.repeat(6 * 1024 * 1024) }));
    expect(tooMuch).toMatchObject({ kind: 'failed', error: { errorType: 'RequestTooLargeException' } });
    const tooLarge = await hosted.invoke(JSON.stringify({ bytes: 6 * 1024 * 1024 }));
    expect(tooLarge).toMatchObject({ kind: 'failed', error: { errorType: 'Function.ResponseSizeTooLarge' } });
    expect(await hosted.invoke(JSON.stringify({ bytes: 5_000_000 }))).toMatchObject({ kind: 'succeeded' });
  });

  it('grows to maxProcesses and lets further invocations wait', async () => {
    const hosted = hostedFrom(`
      export const handler = async () => { await new Promise((resolve) => setTimeout(resolve, 100)); return process.pid; };`);
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => hosted.invoke('{}')));
    const processes = new Set(outcomes.map((outcome) => outcome.kind === 'succeeded' && outcome.payload));
    expect(processes.size).toBe(2);
    expect(hosted.report()).toMatchObject({ processes: 2, invocations: 6, errors: 0, running: 0 });
  });

  it('warms a first process, which the first invocation finds', async () => {
    const hosted = hostedFrom('const loadedMs = Date.now(); export const handler = async () => loadedMs;');
    await hosted.warm();
    const warmMs = Date.now();
    const outcome = await hosted.invoke('{}');
    expect(outcome.kind === 'succeeded' && Number(outcome.payload)).toBeLessThanOrEqual(warmMs);
    expect(hosted.report()).toMatchObject({ processes: 1, invocations: 1 });
  });

  it('does not fail to warm what cannot be loaded', async () => {
    const hosted = hostedFrom('throw new Error("no");');
    await hosted.warm();
    expect(hosted.report()).toMatchObject({ processes: 0, invocations: 0, errors: 0 });
  });

  it('kills a running process on demand and says that it was running', async () => {
    const hosted = hostedFrom(
      `export const handler = async ({ forMs }) => new Promise((resolve) => setTimeout(resolve, forMs));`,
    );
    expect(hosted.kill()).toEqual({ killed: false, running: false });
    await hosted.invoke('{"forMs":0}');
    const running = hosted.invoke('{"forMs":60000}');
    await vi.waitFor(() => expect(hosted.report().running).toBe(1));
    expect(hosted.kill()).toEqual({ killed: true, running: true });
    expect(await running).toMatchObject({ kind: 'failed', by: 'exit' });
    expect(hosted.report()).toMatchObject({ kills: 1, killsWhileRunning: 1 });
  });

  it('retries an asynchronous invocation as often as its spec says', async () => {
    const hosted = hostedFrom(`export const handler = async () => { throw new Error('always'); };`, {
      asyncRetryDelaysMs: [10, 10],
    });
    hosted.invokeAsync('{}');
    await vi.waitFor(() => expect(hosted.report().errors).toBe(3));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(hosted.report().invocations).toBe(3);
  });

  it('writes what it prints to its log, and metric lines to the metrics', async () => {
    const metrics = new Metrics();
    const emf = {
      _aws: {
        Timestamp: 1,
        CloudWatchMetrics: [
          { Namespace: 'Alluvium', Dimensions: [['table']], Metrics: [{ Name: 'RowsOut' }, { Name: 'FreshnessMs' }] },
        ],
      },
      table: 'flights',
      RowsOut: 5,
      FreshnessMs: [10, 30],
    };
    const hosted = hostedFrom(
      `export const handler = async () => { console.log(${JSON.stringify(JSON.stringify(emf))}); console.error('trouble'); };`,
      {},
      metrics,
    );
    await hosted.invoke('{}');
    await vi.waitFor(() => expect(metrics.readings()).toHaveLength(2));
    expect(metrics.readings()).toEqual([
      { name: 'RowsOut', dimensions: { table: 'flights' }, count: 1, sum: 5, min: 5, max: 5, last: 5 },
      { name: 'FreshnessMs', dimensions: { table: 'flights' }, count: 2, sum: 40, min: 10, max: 30, last: 30 },
    ]);
    await vi.waitFor(() => expect(logOf(hosted)).toContain('trouble'));
  });

  it('lets running invocations end when it closes, kills what takes too long, and takes no more', async () => {
    const bundle = `export const handler = async ({ forMs }) => {
      await new Promise((resolve) => setTimeout(resolve, forMs)); return 'done'; };`;
    const [patient, hasty] = [hostedFrom(bundle), hostedFrom(bundle)];
    const ending = patient.invoke('{"forMs":300}');
    const hanging = hasty.invoke('{"forMs":60000}');
    await vi.waitFor(() => expect(hasty.report().processes).toBe(1));
    await Promise.all([patient.close(10_000), hasty.close(100)]);
    expect(await ending).toEqual({ kind: 'succeeded', payload: '"done"' });
    expect(await hanging).toMatchObject({ kind: 'failed', by: 'exit' });
    expect(await patient.invoke('{}')).toMatchObject({ kind: 'failed', error: { errorType: 'ServiceException' } });
  });
});
