import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DynamodbServer, startDynamodb } from '../../../../scripts/local/dynamodb/server.ts';
import type { InvocationOutcome } from '../../../../scripts/local/functions/invocation.ts';
import { type Clients, clientsOf, destroyClients } from '../../../../scripts/local/host/clients.ts';
import { LocalMachine, maxStateBytes } from '../../../../scripts/local/machines/local-machine.ts';
import type { MachineSpec } from '../../../../scripts/local/templates/machine-resource.ts';

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
const invokeResource = 'arn:aws:states:::lambda:invoke';

describe('a state machine', () => {
  let folder: string;
  let server: DynamodbServer;
  let clients: Clients;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'alluvium-machines-'));
    server = await startDynamodb({ port: 0, root: join(folder, 'dynamodb') });
    clients = clientsOf({ s3: server.endpoint, dynamodb: server.endpoint, kinesis: server.endpoint }, 'us-east-1');
    await clients.dynamodb.send(
      new CreateTableCommand({
        TableName: 'leases',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  });
  afterAll(async () => {
    destroyClients(clients);
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const events: { functionName: string; payload: unknown; async: boolean }[] = [];
  const machineOf = (
    states: Record<string, unknown>,
    {
      type = 'EXPRESS',
      answer = () => ({ kind: 'succeeded', payload: '{"ok":true}' }),
      timeoutS,
    }: { type?: MachineSpec['type']; answer?: (payload: string) => InvocationOutcome; timeoutS?: number } = {},
  ): LocalMachine => {
    events.length = 0;
    const spec: MachineSpec = {
      name: 'm',
      arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:m',
      type,
      definition: {
        StartAt: Object.keys(states)[0],
        States: states,
        ...(timeoutS === undefined ? {} : { TimeoutSeconds: timeoutS }),
      },
    };
    const host = {
      dynamodb: clients.dynamodb,
      invoke: (functionName: string, payload: string) => {
        if (functionName !== functionArn) return undefined;
        events.push({ functionName, payload: JSON.parse(payload), async: false });
        return Promise.resolve(answer(payload));
      },
      invokeAsync: (functionName: string, payload: string) => {
        events.push({ functionName, payload: JSON.parse(payload), async: true });
        return functionName === functionArn;
      },
      startExecution: () => 'arn',
    };
    return new LocalMachine(spec, host, () => {});
  };
  const outputOf = async (machine: LocalMachine, input: unknown = {}) => {
    const { ended } = machine.start(JSON.stringify(input));
    const { status, output, error, cause } = await ended;
    return status === 'SUCCEEDED' ? JSON.parse(output!) : { status, error, cause };
  };
  const invoke = (more: Record<string, unknown> = {}) => ({
    Type: 'Task',
    Resource: invokeResource,
    Parameters: { FunctionName: functionArn, 'Payload.$': '$' },
    End: true,
    ...more,
  });

  it('invokes functions and answers payload, status and version', async () => {
    const machine = machineOf({ Call: invoke() });
    expect(await outputOf(machine, { n: 1 })).toEqual({
      ExecutedVersion: '$LATEST',
      StatusCode: 200,
      Payload: { ok: true },
    });
    expect(events).toEqual([{ functionName: functionArn, payload: { n: 1 }, async: false }]);
  });

  it('invokes functions asynchronously', async () => {
    const parameters = { FunctionName: functionArn, InvocationType: 'Event', 'Payload.$': '$' };
    const machine = machineOf({ Call: invoke({ Parameters: parameters, ResultPath: null }) });
    expect(await outputOf(machine, { n: 1 })).toEqual({ n: 1 });
    expect(events).toEqual([{ functionName: functionArn, payload: { n: 1 }, async: true }]);
  });

  it('names the error of a function as the function does, for Catch', async () => {
    const error = { errorType: 'SourceRecreatedError', errorMessage: 'recreated' };
    const machine = machineOf(
      {
        Call: invoke({ Catch: [{ ErrorEquals: ['SourceRecreatedError'], Next: 'Caught' }] }),
        Caught: { Type: 'Pass', End: true },
      },
      { answer: () => ({ kind: 'failed', by: 'handler', error }) },
    );
    expect(await outputOf(machine)).toEqual({ Error: 'SourceRecreatedError', Cause: JSON.stringify(error) });
  });

  it('retries what its Retry names', async () => {
    let failures = 2;
    const machine = machineOf(
      { Call: invoke({ Retry: [{ ErrorEquals: ['Lambda.ServiceException'], IntervalSeconds: 0, MaxAttempts: 3 }] }) },
      {
        answer: () =>
          failures-- > 0
            ? { kind: 'failed', by: 'exit', error: { errorType: 'Lambda.ServiceException', errorMessage: 'x' } }
            : { kind: 'succeeded', payload: '1' },
      },
    );
    expect(await outputOf(machine)).toMatchObject({ Payload: 1 });
    expect(events).toHaveLength(3);
  });

  it('fails with Lambda.ResourceNotFoundException for a function that is not there', async () => {
    const machine = machineOf({ Call: invoke({ Parameters: { FunctionName: 'nobody', 'Payload.$': '$' } }) });
    expect(await outputOf(machine)).toMatchObject({ status: 'FAILED', error: 'Lambda.ResourceNotFoundException' });
  });

  it('reads and writes items, and names failed conditions as Step Functions does', async () => {
    const take = {
      Type: 'Task',
      Resource: 'arn:aws:states:::dynamodb:updateItem',
      Parameters: {
        TableName: 'leases',
        Key: { pk: { 'S.$': '$.table' } },
        UpdateExpression: 'SET #owner = :owner, expiresAtS = :until',
        ConditionExpression: 'attribute_not_exists(#owner)',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: {
          ':owner': { 'S.$': '$$.Execution.Name' },
          ':until': { 'N.$': "States.Format('{}', States.MathAdd($.at, 150))" },
        },
      },
      ResultPath: null,
      Catch: [{ ErrorEquals: ['DynamoDB.ConditionalCheckFailedException'], ResultPath: '$.error', Next: 'Taken' }],
      Next: 'Read',
    };
    const read = {
      Type: 'Task',
      Resource: 'arn:aws:states:::dynamodb:getItem',
      Parameters: { TableName: 'leases', Key: { pk: { 'S.$': '$.table' } }, ConsistentRead: true },
      End: true,
    };
    const machine = machineOf({ Take: take, Read: read, Taken: { Type: 'Pass', End: true } });
    const { execution, ended } = machine.start(JSON.stringify({ table: 't', at: 1700000000 }), 'first');
    const { output } = await ended;
    expect(execution.name).toBe('first');
    expect(JSON.parse(output!).Item).toEqual({
      pk: { S: 't' },
      owner: { S: 'first' },
      expiresAtS: { N: '1700000150' },
    });
    expect(await outputOf(machine, { table: 't', at: 1700000000 })).toMatchObject({
      error: { Error: 'DynamoDB.ConditionalCheckFailedException' },
    });
  });

  it('gives its states the context object', async () => {
    const machine = machineOf({
      Tell: {
        Type: 'Pass',
        Parameters: {
          'name.$': '$$.Execution.Name',
          'id.$': '$$.Execution.Id',
          'started.$': '$$.Execution.StartTime',
          'entered.$': '$$.State.EnteredTime',
          'machine.$': '$$.StateMachine.Name',
        },
        End: true,
      },
    });
    const { execution, ended } = machine.start('{}', 'told');
    const told = JSON.parse((await ended).output!);
    expect(told).toMatchObject({ name: 'told', id: execution.arn, machine: 'm' });
    expect(Math.abs(Date.parse(told.started) - Date.now())).toBeLessThan(10_000);
    expect(Math.abs(Date.parse(told.entered) - Date.now())).toBeLessThan(10_000);
  });

  it('gives the context object inside a Map too', async () => {
    const machine = machineOf({
      Each: {
        Type: 'Map',
        ItemSelector: { 'item.$': '$$.Map.Item.Value', 'name.$': '$$.Execution.Name' },
        ItemProcessor: {
          StartAt: 'Inner',
          States: {
            Inner: { Type: 'Pass', Parameters: { 'inner.$': '$$.Execution.Name', 'item.$': '$.item' }, End: true },
          },
        },
        End: true,
      },
    });
    const { ended } = machine.start('[1, 2]', 'mapped');
    expect(JSON.parse((await ended).output!)).toEqual([
      { inner: 'mapped', item: 1 },
      { inner: 'mapped', item: 2 },
    ]);
  });

  it('finds distinct tables with the intrinsics of JSONPath', async () => {
    const machine = machineOf({
      Name: {
        Type: 'Map',
        ItemProcessor: {
          StartAt: 'Split',
          States: {
            Split: {
              Type: 'Pass',
              Parameters: { 'id.$': "States.ArrayGetItem(States.StringSplit($.pk, '#'), 1)" },
              OutputPath: '$.id',
              End: true,
            },
          },
        },
        ResultPath: '$',
        Next: 'Distinct',
      },
      Distinct: { Type: 'Pass', Parameters: { 'ids.$': 'States.ArrayUnique($)' }, End: true },
    });
    const input = ['manifest#a#01', 'manifest#b#02', 'manifest#a#03'].map((pk) => ({ pk }));
    expect(await outputOf(machine, input)).toEqual({ ids: ['a', 'b'] });
  });

  it('accepts an asynchronous start at once, while the execution still runs', async () => {
    const machine = machineOf({ Wait: { Type: 'Wait', Seconds: 1, End: true } });
    const { execution, ended } = machine.start('{}');
    expect(execution.status).toBe('RUNNING');
    expect(machine.report()).toMatchObject({ running: 1, started: 1 });
    expect((await ended).status).toBe('SUCCEEDED');
  });

  it('ends an Express execution after 5 minutes, however long its definition allows', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const machine = machineOf({ Wait: { Type: 'Wait', Seconds: 900, End: true } }, { timeoutS: 3600 });
    const { execution, ended } = machine.start('{}');
    await vi.advanceTimersByTimeAsync(299_000);
    expect(execution.status).toBe('RUNNING');
    await vi.advanceTimersByTimeAsync(1_500);
    expect((await ended).status).toBe('TIMED_OUT');
  });

  it('gives a task all the time of its execution where nothing limits it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const machine = machineOf({ Call: invoke() });
    const slow = new Promise<InvocationOutcome>((resolve) => {
      setTimeout(() => resolve({ kind: 'succeeded', payload: '1' }), 120_000);
    });
    const late = machineOf({ Call: invoke() }, { answer: () => slow as never });
    const { ended } = late.start('{}');
    await vi.advanceTimersByTimeAsync(121_000);
    expect((await ended).status).toBe('SUCCEEDED');
    expect(machine.report().running).toBe(0);
  });

  it('starts an Express execution again under the same name, a Standard one only once', async () => {
    const states = { Call: invoke() };
    const express = machineOf(states);
    const [first, second] = [express.start('{}', 'same'), express.start('{}', 'same')];
    expect(first.execution.arn).not.toBe(second.execution.arn);
    await Promise.all([first.ended, second.ended]);
    expect(events).toHaveLength(2);

    const standard = machineOf(states, { type: 'STANDARD' });
    const once = standard.start('{}', 'same');
    expect(standard.start('{}', 'same').execution.arn).toBe(once.execution.arn);
    await once.ended;
    expect(events).toHaveLength(1);
    expect(() => standard.start('{"n":1}', 'same')).toThrow(/Execution Already Exists/);
  });

  it('refuses input over 256 KiB, and input that is not JSON', () => {
    const machine = machineOf({ Call: invoke() });
    expect(() => machine.start(JSON.stringify('x'.repeat(maxStateBytes)))).toThrow(
      /expected input of 262144 bytes at most/,
    );
    expect(() => machine.start('{')).toThrow(/expected JSON as input/);
  });

  it('fails a task whose result passes 256 KiB', async () => {
    const payload = JSON.stringify('x'.repeat(maxStateBytes));
    const machine = machineOf({ Call: invoke() }, { answer: () => ({ kind: 'succeeded', payload }) });
    expect(await outputOf(machine)).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('refuses at once a definition with a resource that it does not know', () => {
    const resource = 'arn:aws:states:::sqs:sendMessage';
    expect(() => machineOf({ Call: invoke({ Resource: resource }) })).toThrow(
      /do not know the resource .*sqs:sendMessage/,
    );
  });

  it.each(['.sync', '.sync:2', '.waitForTaskToken'])(
    'refuses %s, which Express has not, naming the state',
    (pattern) => {
      const Resource = `arn:aws:states:::states:startExecution${pattern}`;
      expect(() => machineOf({ First: { Type: 'Pass', Next: 'Call' }, Call: invoke({ Resource }) })).toThrow(
        `state machine m, state Call: expected a Resource that does not wait, for ${pattern} is no part of Express, got ${Resource}`,
      );
    },
  );

  it('refuses a Distributed Map, which Express has not, naming the state, also inside another', () => {
    const mapOf = (Mode: string, inner: Record<string, unknown>) => ({
      Type: 'Map',
      ItemProcessor: {
        ProcessorConfig: { Mode, ...(Mode === 'DISTRIBUTED' && { ExecutionType: 'EXPRESS' }) },
        StartAt: Object.keys(inner)[0],
        States: inner,
      },
      End: true,
    });
    const item = { Item: { Type: 'Pass', End: true } };
    const refusal =
      'state machine m, state Each: expected Mode INLINE, for Distributed Map is no part of Express, got DISTRIBUTED';
    expect(() => machineOf({ Each: mapOf('DISTRIBUTED', item) })).toThrow(refusal);
    expect(() => machineOf({ Outer: mapOf('INLINE', { Each: mapOf('DISTRIBUTED', item) }) })).toThrow(refusal);
    expect(() => machineOf({ Each: mapOf('INLINE', item) })).not.toThrow();
  });

  it('runs a Distributed Map of a Standard machine over an array, and refuses what it would pass over', async () => {
    const mapOf = (more: Record<string, unknown>) => ({
      Type: 'Map',
      ItemsPath: '$.bins',
      ItemSelector: { 'bin.$': '$$.Map.Item.Value', 'table.$': '$.table' },
      MaxConcurrency: 2,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Item',
        States: { Item: { Type: 'Pass', End: true } },
      },
      End: true,
      ...more,
    });
    const machine = machineOf({ Each: mapOf({}) }, { type: 'STANDARD' });
    expect(await outputOf(machine, { bins: ['a', 'b'], table: 't' })).toEqual([
      { bin: 'a', table: 't' },
      { bin: 'b', table: 't' },
    ]);
    for (const member of ['ItemReader', 'ItemBatcher', 'ResultWriter', 'ToleratedFailurePercentage']) {
      expect(() => machineOf({ Each: mapOf({ [member]: {} }) }, { type: 'STANDARD' })).toThrow(
        `state machine m, state Each: expected a Distributed Map over an array of its input, got ${member}`,
      );
    }
  });

  it('refuses .sync in a Standard machine too, saying that it is not hosted', () => {
    const Resource = 'arn:aws:states:::states:startExecution.sync';
    expect(() => machineOf({ Call: invoke({ Resource }) }, { type: 'STANDARD' })).toThrow(
      'for .sync is not hosted on this machine',
    );
  });

  it('names errors of DynamoDB as the integration does that was used', async () => {
    const get = (integration: string) =>
      machineOf({
        Get: {
          Type: 'Task',
          Resource: `arn:aws:states:::${integration}`,
          Parameters: { TableName: 'none', Key: { pk: { S: 'x' } } },
          End: true,
        },
      });
    expect(await outputOf(get('dynamodb:getItem'))).toMatchObject({ error: 'DynamoDB.ResourceNotFoundException' });
    expect(await outputOf(get('aws-sdk:dynamodb:getItem'))).toMatchObject({
      error: 'DynamoDb.ResourceNotFoundException',
    });
  });

  it('aborts what does not end in time when it closes', async () => {
    const machine = machineOf({ Wait: { Type: 'Wait', Seconds: 200, End: true } });
    const { ended } = machine.start('{}');
    await machine.close(50);
    expect((await ended).status).toBe('ABORTED');
  });
});
