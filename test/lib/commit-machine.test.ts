import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import {
  DynamoDBClient,
  GetItemCommand,
  type GetItemCommandInput,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { StateMachine } from 'aws-local-stepfunctions';
// @ts-expect-error dynalite ships no types
import dynalite from 'dynalite';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CommitRequest, CommitResponse, WakeUp } from '#contract/commit-machine.ts';
import { leaseKey, manifestPk } from '#contract/ledger-items.ts';
import { commitDefinition } from '../../lib/constructs/commit-definition.ts';
import { createLedgerTable } from '../support/ledger-table.ts';

const at = 1_800_000_000;
const ledgerTable = 'ledger';
const instant = /^\d{4}-\d\d-\d\dT.*Z$/;
let server: Server;
let client: DynamoDBClient;
let tableNumber = 0;
let tableId: string;

beforeAll(async () => {
  server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  await createLedgerTable(client, ledgerTable);
});
afterAll(() => {
  client.destroy();
  server.close();
});
beforeEach(() => {
  tableId = `t${tableNumber++}`;
});

/** What the commit function answers, round by round; the last answer is repeated. */
type Answers = (request: CommitRequest, round: number) => Partial<CommitResponse> | Promise<Partial<CommitResponse>>;

interface Run {
  outcome: { outcomes: string[] };
  commits: CommitRequest[];
  checkpoints: unknown[];
  diversions: unknown[];
}

async function run(wakeUps: WakeUp[], answers: Answers): Promise<Run> {
  const commits: CommitRequest[] = [];
  const checkpoints: unknown[] = [];
  const diversions: unknown[] = [];
  const machine = new StateMachine(
    commitDefinition({
      ledgerTable,
      commitFunction: 'commit',
      checkpointFunction: 'checkpoint',
      divertFunction: 'divert',
    }) as never,
  );
  const handlers = {
    ReadLease: (input: GetItemCommandInput) => client.send(new GetItemCommand(input)),
    Commit: async ({ Payload: request }: { Payload: CommitRequest }) => {
      commits.push(request);
      const ofTable = commits.filter((commit) => commit.tableId === request.tableId);
      const answer = await answers(request, ofTable.length);
      return {
        Payload: { tableId: request.tableId, waitS: 0, checkpointDue: false, divertDue: false, version: 0, ...answer },
      };
    },
    Checkpoint: async (input: { InvocationType: string; Payload: unknown }) => {
      checkpoints.push(input.Payload);
      throw Object.assign(new Error('no capacity'), { name: 'Lambda.TooManyRequestsException' });
    },
    Divert: async (input: { InvocationType: string; Payload: unknown }) => {
      expect(input.InvocationType).toBe('Event');
      diversions.push(input.Payload);
      throw Object.assign(new Error('no capacity'), { name: 'Lambda.TooManyRequestsException' });
    },
    ...Object.fromEntries(
      ['TakeLease', 'MarkDirty', 'Release', 'ClearDirty', 'ReleaseAnyway', 'ReleaseAfterFailure'].map((state) => [
        state,
        updateItem,
      ]),
    ),
  };
  const execution = machine.run(wakeUps as never, {
    overrides: { taskResourceLocalHandlers: handlers as never, waitTimeOverrides: { WaitUntilDue: 0 } },
    context: { Execution: { Name: 'execution' } } as never,
  });
  return { outcome: (await execution.result) as never, commits, checkpoints, diversions };
}

/** Errors are named as Step Functions names them: `DynamoDB.` before the service's own name. */
async function updateItem(input: UpdateItemCommandInput): Promise<unknown> {
  try {
    return await client.send(new UpdateItemCommand(input));
  } catch (error) {
    throw Object.assign(error as Error, { name: `DynamoDB.${(error as Error).name}` });
  }
}

const wakeUp = (id: string, bucket = 0): WakeUp => ({ pk: manifestPk(id, bucket), at });
const itemKey = (id: string) => ({ pk: { S: leaseKey(id).pk }, sk: { S: leaseKey(id).sk } });
const lease = async (id: string) =>
  (await client.send(new GetItemCommand({ TableName: ledgerTable, Key: itemKey(id), ConsistentRead: true }))).Item;

const held = (id: string, fields: { expiresAtS: number; dirty?: boolean }) =>
  client.send(
    new PutItemCommand({
      TableName: ledgerTable,
      Item: {
        ...itemKey(id),
        owner: { S: 'another' },
        expiresAtS: { N: String(fields.expiresAtS) },
        ...(fields.dirty === undefined ? {} : { dirty: { BOOL: fields.dirty } }),
      },
    }),
  );

const markDirty = (id: string) =>
  client.send(
    new UpdateItemCommand({
      TableName: ledgerTable,
      Key: itemKey(id),
      UpdateExpression: 'SET dirty = :true',
      ExpressionAttributeValues: { ':true': { BOOL: true } },
    }),
  );

test('takes the lease, commits once for each table of the wake-ups, and releases', async () => {
  const other = `${tableId}-other`;
  let whileCommitting: unknown;
  const { outcome, commits } = await run(
    [wakeUp(tableId, 0), wakeUp(other, 3), wakeUp(tableId, 15)],
    async (request) => {
      if (request.tableId === tableId) whileCommitting = await lease(tableId);
      return {};
    },
  );
  expect(commits.toSorted((left, right) => left.tableId.localeCompare(right.tableId))).toEqual([
    { tableId, owner: `execution:${tableId}`, startedAt: expect.stringMatching(instant) },
    { tableId: other, owner: `execution:${other}`, startedAt: expect.stringMatching(instant) },
  ]);
  expect(whileCommitting).toMatchObject({ owner: { S: `execution:${tableId}` }, expiresAtS: { N: String(at + 150) } });
  expect(await lease(tableId)).toEqual(itemKey(tableId));
  expect(outcome.outcomes).toEqual(['committed', 'committed']);
});

test('marks a lease that another holds, so that its holder goes round again', async () => {
  await held(tableId, { expiresAtS: at + 100 });
  const { outcome, commits } = await run([wakeUp(tableId)], () => ({}));
  expect(commits).toEqual([]);
  expect(outcome.outcomes).toEqual(['busy']);
  expect(await lease(tableId)).toMatchObject({ owner: { S: 'another' }, dirty: { BOOL: true } });
});

test('leaves a lease alone that is held and dirty already', async () => {
  await held(tableId, { expiresAtS: at + 100, dirty: true });
  const { outcome, commits } = await run([wakeUp(tableId)], () => ({}));
  expect({ commits, outcomes: outcome.outcomes }).toEqual({ commits: [], outcomes: ['busy'] });
});

test.each([{ dirty: true }, { dirty: false }])('takes over a lease that has run out ($dirty)', async ({ dirty }) => {
  await held(tableId, { expiresAtS: at - 1, dirty });
  const { outcome, commits } = await run([wakeUp(tableId)], () => ({}));
  expect(commits).toHaveLength(1);
  expect(outcome.outcomes).toEqual(['committed']);
  expect(await lease(tableId)).toEqual(itemKey(tableId));
});

test('goes round again when it was marked dirty meanwhile', async () => {
  const { commits, outcome } = await run([wakeUp(tableId)], async (_, round) => {
    if (round === 1) await markDirty(tableId);
    return {};
  });
  expect(commits).toHaveLength(2);
  expect(outcome.outcomes).toEqual(['committed']);
  expect(await lease(tableId)).toEqual(itemKey(tableId));
});

test('lets go in the end although new manifests never cease', async () => {
  const { commits } = await run([wakeUp(tableId)], async () => {
    await markDirty(tableId);
    return {};
  });
  expect(commits).toHaveLength(11);
  expect(await lease(tableId)).toEqual(itemKey(tableId));
});

test('waits for what is due soon, at most three times', async () => {
  const { commits } = await run([wakeUp(tableId)], () => ({ waitS: 60 }));
  expect(commits).toHaveLength(4);
  expect(await lease(tableId)).toEqual(itemKey(tableId));
});

test('asks for a checkpoint when one is due; that it cannot be asked for does not matter', async () => {
  const { checkpoints, outcome } = await run([wakeUp(tableId)], () => ({ checkpointDue: true }));
  expect(checkpoints).toEqual([{ tableId }]);
  expect(outcome.outcomes).toEqual(['committed']);
});

test('asks for a diversion when one is due, beside a checkpoint, and lets go of the table all the same', async () => {
  const { checkpoints, diversions, outcome } = await run([wakeUp(tableId)], () => ({
    checkpointDue: true,
    divertDue: true,
  }));
  expect({ checkpoints, diversions }).toEqual({ checkpoints: [{ tableId }], diversions: [{ tableId }] });
  expect(outcome.outcomes).toEqual(['committed']);
  expect(await lease(tableId)).toEqual(itemKey(tableId));
});

test('ends without releasing what another has taken over', async () => {
  const { outcome } = await run([wakeUp(tableId)], async () => {
    await held(tableId, { expiresAtS: at + 500 });
    return {};
  });
  expect(outcome.outcomes).toEqual(['busy']);
  expect(await lease(tableId)).toMatchObject({ owner: { S: 'another' }, expiresAtS: { N: String(at + 500) } });
});

test('releases and fails when the commit function fails, after the other tables', async () => {
  const other = `${tableId}-other`;
  const commits: string[] = [];
  await expect(
    run([wakeUp(tableId), wakeUp(other)], (request) => {
      if (request.tableId === tableId)
        throw Object.assign(new Error('ledger behind log'), { name: 'LedgerBehindLogError' });
      commits.push(request.tableId);
      return {};
    }),
  ).rejects.toThrow('The commit function failed for a table');
  expect(commits).toEqual([other]);
  expect(await lease(tableId)).toEqual(itemKey(tableId));
  expect(await lease(other)).toEqual(itemKey(other));
});

test('a commit that died is tried again at once: it goes on where ledger and log say', async () => {
  const { commits, outcome } = await run([wakeUp(tableId)], async (_, round) => {
    if (round === 1) throw Object.assign(new Error('exited with signal SIGKILL'), { name: 'Runtime.ExitError' });
    return {};
  });
  expect(commits).toHaveLength(2);
  expect(outcome.outcomes).toEqual(['committed']);
  expect(await lease(tableId)).toEqual(itemKey(tableId));
});
