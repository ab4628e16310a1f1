import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DynamodbServer, startDynamodb } from '../../../../scripts/local/dynamodb/server.ts';
import { type Clients, clientsOf, destroyClients } from '../../../../scripts/local/host/clients.ts';
import { streamChanges } from '../../../../scripts/local/host/stream-changes.ts';
import { maxInputCharacters, Pipe, type PipeHost } from '../../../../scripts/local/pipes/pipe.ts';
import type { PipeSpec } from '../../../../scripts/local/pipes/pipe-spec.ts';

const wakeUpTemplate = '{"pk": "<$.dynamodb.Keys.pk.S>", "at": <$.dynamodb.ApproximateCreationDateTime>}';

const until = (assertion: () => void) => vi.waitFor(assertion, { timeout: 10_000, interval: 10 });

describe('a pipe from a table to a state machine', () => {
  let folder: string;
  let server: DynamodbServer;
  let clients: Clients;
  let count = 0;
  const open: Pipe[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'alluvium-pipes-'));
    server = await startDynamodb({ port: 0, root: join(folder, 'dynamodb') });
    clients = clientsOf({ s3: server.endpoint, dynamodb: server.endpoint, kinesis: server.endpoint }, 'us-east-1');
  });
  afterAll(async () => {
    for (const pipe of open) await pipe.stop();
    destroyClients(clients);
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const newTable = async (): Promise<string> => {
    const TableName = `table-${++count}`;
    await clients.dynamodb.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
      }),
    );
    return TableName;
  };
  const put = (table: string, pk: string) =>
    clients.dynamodb.send(new PutItemCommand({ TableName: table, Item: { pk: { S: pk }, n: { N: '1' } } }));

  const start = async (
    tableName: string,
    startExecution: PipeHost['startExecution'],
    spec: Partial<PipeSpec> = {},
    template: string | null = wakeUpTemplate,
  ): Promise<Pipe> => {
    const host: PipeHost = {
      region: 'us-east-1',
      positionsFolder: join(folder, 'positions'),
      startExecution,
      log: () => {},
    };
    const reader = await streamChanges(clients.dynamodbStreams, server, tableName);
    const pipe = new Pipe(
      {
        id: `pipe-${tableName}`,
        name: `pipe-${tableName}`,
        enabled: true,
        tableName,
        streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s',
        machineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:m',
        patterns: [{ eventName: ['INSERT'], dynamodb: { Keys: { pk: { S: [{ prefix: 'manifest#' }] } } } }],
        startingPosition: 'TRIM_HORIZON',
        batchSize: 100,
        windowMs: 0,
        maxRetryAttempts: -1,
        maxRecordAgeMs: -1,
        ...(template === null ? {} : { inputTemplate: template }),
        waitsForEnd: false,
        ...spec,
      },
      reader,
      host,
    );
    open.push(pipe);
    return pipe;
  };
  const collector = () => {
    const inputs: string[] = [];
    const pks = () => inputs.flatMap((input) => (JSON.parse(input) as { pk: string }[]).map(({ pk }) => pk));
    const startExecution = async (_machineArn: string, input: string): Promise<void> => {
      inputs.push(input);
    };
    return { inputs, pks, startExecution };
  };

  it('starts executions whose input is an array, of what its filter lets through, by its template', async () => {
    const table = await newTable();
    const { inputs, startExecution } = collector();
    await start(table, startExecution);
    await put(table, 'cursor#1');
    await put(table, 'manifest#1');
    const key = { pk: { S: 'manifest#1' } };
    await clients.dynamodb.send(
      new UpdateItemCommand({
        TableName: table,
        Key: key,
        UpdateExpression: 'SET n = :n',
        ExpressionAttributeValues: { ':n': { N: '2' } },
      }),
    );
    await put(table, 'manifest#2');
    await until(() => expect(inputs.flatMap((input) => JSON.parse(input))).toHaveLength(2));
    const wakeUps = inputs.flatMap((input) => JSON.parse(input) as { pk: string; at: number }[]);
    expect(wakeUps.map(({ pk }) => pk)).toEqual(['manifest#1', 'manifest#2']);
    expect(Math.abs(wakeUps[0]!.at - Date.now() / 1000)).toBeLessThan(60);
  });

  it('gives the whole record without a template, one record as an array of one', async () => {
    const table = await newTable();
    const { inputs, startExecution } = collector();
    await put(table, 'manifest#1');
    await start(table, startExecution, {}, null);
    await until(() => expect(inputs).toHaveLength(1));
    expect(JSON.parse(inputs[0]!)).toEqual([
      expect.objectContaining({
        eventName: 'INSERT',
        eventSource: 'aws:dynamodb',
        dynamodb: expect.objectContaining({ Keys: { pk: { S: 'manifest#1' } }, StreamViewType: 'KEYS_ONLY' }),
      }),
    ]);
  });

  it('closes a batch by BatchSize', async () => {
    const table = await newTable();
    for (let index = 0; index < 5; index++) await put(table, `manifest#${index}`);
    const { inputs, startExecution } = collector();
    await start(table, startExecution, { batchSize: 2 });
    await until(() => expect(inputs.map((input) => JSON.parse(input).length)).toEqual([2, 2, 1]));
  });

  it('closes a batch at the end of its window', async () => {
    const table = await newTable();
    const { inputs, pks, startExecution } = collector();
    await start(table, startExecution, { windowMs: 300 });
    await put(table, 'manifest#1');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await put(table, 'manifest#2');
    await until(() => expect(pks()).toHaveLength(2));
    expect(inputs).toHaveLength(1);
  });

  it('keeps the input of an execution within 262,144 characters', async () => {
    const table = await newTable();
    const pks = Array.from({ length: 400 }, (_, index) => `manifest#${index}#${'x'.repeat(1000)}`);
    await Promise.all(pks.map((pk) => put(table, pk)));
    const collected = collector();
    await start(table, collected.startExecution, { batchSize: 10_000 });
    await until(() => expect(collected.pks()).toHaveLength(400));
    expect(Math.max(...collected.inputs.map((input) => input.length))).toBeLessThanOrEqual(maxInputCharacters);
    expect(collected.inputs).toHaveLength(2);
  });

  it('gives up a single input over 262,144 characters when its retries end, and goes on', async () => {
    const table = await newTable();
    const template = `{"pk": "<$.dynamodb.Keys.pk.S>", "copies": "${'<$.dynamodb.Keys.pk.S>'.repeat(200)}"}`;
    const { pks, startExecution } = collector();
    const refused: number[] = [];
    const target: PipeHost['startExecution'] = async (machineArn, input) => {
      if (input.length <= maxInputCharacters) return startExecution(machineArn, input);
      refused.push(JSON.parse(input).length);
      throw new Error(`expected ${maxInputCharacters} characters at most, got ${input.length}`);
    };
    await put(table, `manifest#${'x'.repeat(1500)}`);
    await put(table, 'manifest#2');
    await start(table, target, { maxRetryAttempts: 1 }, template);
    await until(() => expect(pks()).toEqual(['manifest#2']));
    expect(refused).toEqual([1, 1]);
  });

  it('tries again until its target accepts, and loses nothing', async () => {
    const table = await newTable();
    const { pks, startExecution } = collector();
    let refusals = 3;
    await start(table, async (machineArn, input) => {
      if (refusals-- > 0) throw new Error('throttled');
      await startExecution(machineArn, input);
    });
    await put(table, 'manifest#1');
    await until(() => expect(pks()).toEqual(['manifest#1']));
  });

  it.each([
    ['waits for the end of an execution with REQUEST_RESPONSE', true],
    ['does not wait for it with FIRE_AND_FORGET', false],
  ])('%s', async (_, waitsForEnd) => {
    const table = await newTable();
    const waits: boolean[] = [];
    await start(
      table,
      async (_machineArn, _input, wait) => {
        waits.push(wait);
      },
      { waitsForEnd },
    );
    await put(table, 'manifest#1');
    await until(() => expect(waits).toEqual([waitsForEnd]));
  });

  it('goes on behind what its target accepted when it is started again, also from LATEST', async () => {
    const table = await newTable();
    await put(table, 'manifest#before');
    const first = collector();
    const pipe = await start(table, first.startExecution, { startingPosition: 'LATEST' });
    await until(() => expect(existsSync(join(folder, 'positions', `pipe-${table}.json`))).toBe(true));
    await put(table, 'manifest#1');
    await until(() => expect(first.pks()).toEqual(['manifest#1']));
    await pipe.stop();
    await put(table, 'manifest#2');
    const second = collector();
    await start(table, second.startExecution, { startingPosition: 'LATEST' });
    await until(() => expect(second.pks()).toEqual(['manifest#2']));
  });

  it('delivers a change within a few tens of milliseconds', async () => {
    const table = await newTable();
    const { pks, startExecution } = collector();
    await start(table, startExecution);
    await put(table, 'manifest#warm');
    await until(() => expect(pks()).toHaveLength(1));
    const startedMs = Date.now();
    await put(table, 'manifest#1');
    await until(() => expect(pks()).toHaveLength(2));
    expect(Date.now() - startedMs).toBeLessThan(1000);
  });
});
