import { StateMachine } from 'aws-local-stepfunctions';
import { expect, test } from 'vitest';
import type { MaintenanceRequest, VacuumInvocation } from '#contract/maintenance.ts';
import {
  invocationsToTheEnd,
  maintenanceDefinition,
  oneInvocation,
} from '../../lib/constructs/maintenance-definition.ts';

interface Page {
  tables: string[];
  next?: string;
}

/** Runs the machine over a ledger that answers page by page; `look` stands for the noun's function. */
async function run(
  pages: readonly Page[],
  look: (request: MaintenanceRequest) => unknown,
  { dryRun = false, iterator = oneInvocation('arn:look') } = {},
) {
  const asked: unknown[] = [];
  const looked: MaintenanceRequest[] = [];
  const query = async (parameters: { ExclusiveStartKey?: { sk: { S: string } } }) => {
    asked.push(parameters);
    const { tables, next } = pages[asked.length - 1]!;
    return {
      Items: tables.map((name) => ({ sk: { S: name }, tableId: { S: `id-of-${name}` } })),
      ...(next === undefined ? {} : { LastEvaluatedKey: { pk: { S: 'tables' }, sk: { S: next } } }),
    };
  };
  const machine = new StateMachine(
    maintenanceDefinition({ ledgerTable: 'ledger', tablesAtOnce: 2, iterator }) as never,
    { validationOptions: { checkArn: false } },
  );
  const execution = machine.run({ dryRun }, {
    overrides: {
      taskResourceLocalHandlers: {
        ListTables: query,
        ListMoreTables: query,
        LookAfter: async ({ Payload }: { Payload: MaintenanceRequest }) => {
          looked.push(Payload);
          return { StatusCode: 200, Payload: (await look(Payload)) ?? null };
        },
      },
      retryIntervalOverrides: { LookAfter: 0 },
    },
  } as never);
  const status = await execution.result.then(
    () => 'succeeded',
    (error: Error) => (error.cause as Error | undefined)?.name ?? error.name,
  );
  return { asked, looked, status };
}

test('every table of the ledger is looked after, page by page', async () => {
  const { asked, looked, status } = await run([{ tables: ['a', 'b'], next: 'b' }, { tables: ['c'] }], () => ({}));
  expect(asked).toMatchObject([
    { TableName: 'ledger', ExpressionAttributeValues: { ':tables': { S: 'tables' } }, ConsistentRead: true },
    { ExclusiveStartKey: { pk: { S: 'tables' }, sk: { S: 'b' } } },
  ]);
  expect(looked).toEqual(['a', 'b', 'c'].map((name) => ({ tableId: `id-of-${name}`, tableName: name, dryRun: false })));
  expect(status).toBe('succeeded');
});

test('a table that fails leaves the others be, also those of later pages; the execution fails at its end', async () => {
  const { looked, status } = await run([{ tables: ['a', 'b'], next: 'b' }, { tables: ['c'] }], ({ tableName }) => {
    if (tableName === 'a') throw new Error('no');
    return {};
  });
  expect(looked.map(({ tableName }) => tableName)).toEqual(['a', 'b', 'c']);
  expect(status).toBe('MaintenanceFailed');
});

test('a function that Lambda could not run is asked again', async () => {
  let calls = 0;
  const { status } = await run([{ tables: ['a'] }], () => {
    if (calls++ === 0) throw Object.assign(new Error('busy'), { name: 'Lambda.TooManyRequestsException' });
    return {};
  });
  expect({ calls, status }).toEqual({ calls: 2, status: 'succeeded' });
});

test('a dry run is one for every table; a ledger without tables is no failure', async () => {
  const { looked } = await run([{ tables: ['a', 'b'] }], () => ({}), { dryRun: true });
  expect(looked.map(({ dryRun }) => dryRun)).toEqual([true, true]);
  expect((await run([{ tables: [] }], () => ({}))).status).toBe('succeeded');
});

test('vacuum is asked again behind where it stopped listing, each table on its own', async () => {
  const asked: VacuumInvocation[] = [];
  const ends: Record<string, string | undefined> = { '': 'b', b: 'd' };
  const { status } = await run(
    [{ tables: ['x', 'y'] }],
    (request) => {
      const { after, tableName } = request as VacuumInvocation;
      asked.push(request as VacuumInvocation);
      if (tableName === 'y' && after === 'b') throw new Error('no');
      return { outcome: 'vacuumed', ...(ends[after] === undefined ? {} : { continueAfter: ends[after] }) };
    },
    { iterator: invocationsToTheEnd('arn:look'), dryRun: true },
  );
  const of = (name: string) => asked.filter(({ tableName }) => tableName === name);
  expect(of('x')).toEqual(['', 'b', 'd'].map((after) => ({ tableId: 'id-of-x', tableName: 'x', dryRun: true, after })));
  expect(of('y').map(({ after }) => after)).toEqual(['', 'b']);
  expect(status).toBe('MaintenanceFailed');
});
