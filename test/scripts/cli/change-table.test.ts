import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import { commitPath } from '#delta/log-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { addFile, removeFile, tableCreation } from '../../support/actions.ts';
import { type LocalLake, startLocalLake } from '../../support/local-lake.ts';

let lake: LocalLake;
let flights: ObjectStore;
/** Stands for Step Functions: what it was asked to start. */
let machines: Server;
const started: { stateMachineArn: string; input: string }[] = [];
const machineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:alluvium-local-restore';

beforeAll(async () => {
  lake = await startLocalLake();
  machines = createServer(async (request, response) => {
    started.push(JSON.parse(await text(request)));
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify({ executionArn: 'arn:execution', startDate: 0 }));
  }).listen(0, '127.0.0.1');
  await once(machines, 'listening');
  await lake.createFlights();
  flights = lake.tableStore('flights');
  const versions = [
    tableCreation({ add: addFile('a') }, { add: addFile('b') }),
    [{ remove: removeFile('a') }, { add: addFile('c') }],
    [{ remove: removeFile('b') }],
  ];
  for (const [version, actions] of versions.entries())
    await flights.put(commitPath(version), serializeActions(actions));
  for (const path of ['b', 'c']) await flights.put(path, new Uint8Array([1]));
});
afterAll(async () => {
  machines.close();
  await lake.close();
});

const alluvium = (...args: string[]) =>
  lake.alluvium(args, {
    ...lake.variables,
    AWS_ENDPOINT_URL_SFN: `http://127.0.0.1:${(machines.address() as AddressInfo).port}`,
    ALLUVIUM_RESTORE_MACHINE_ARN: machineArn,
  });

const ofFlights = ['--env', 'local', 'flights'];
const live = async () => [...(await loadSnapshot(flights, checkpointCodec))!.files.keys()].sort();

test('restore tells first, then makes the version before', async () => {
  const planned = await alluvium('restore', ...ofFlights, '--version', '1', '--dry-run');
  expect(planned).toMatchObject({
    code: 0,
    stdout: 'Table flights would be as version 1 was: 1 files come back (100 B), 0 go (0 B).\n',
  });
  expect(await live()).toEqual(['c']);
  const restored = await alluvium('restore', ...ofFlights, '--version', '1', '--json');
  expect(JSON.parse(restored.stdout)).toMatchObject({ kind: 'restored', version: 3, target: 1, addedFiles: 1 });
  expect(await live()).toEqual(['b', 'c']);
});

test('restore at an instant to come is left to the machine, once it could be done now', async () => {
  const before = await live();
  const at = new Date(Date.now() + 3_600_000).toISOString();
  const planned = await alluvium('restore', ...ofFlights, '--version', '2', '--at', at);
  expect(planned).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`it is done at ${at} by the execution arn:execution`),
  });
  expect(started.map(({ input, ...rest }) => ({ ...rest, input: JSON.parse(input) }))).toEqual([
    {
      stateMachineArn: machineArn,
      name: expect.stringMatching(/^restore-[0-9a-f-]{36}$/),
      input: { tableName: 'flights', to: { version: 2 }, dryRun: false, at },
    },
  ]);
  const gone = await alluvium('restore', ...ofFlights, '--version', '0', '--at', at);
  expect(gone).toMatchObject({ code: 3, stderr: expect.stringContaining('1 are gone') });
  const dryRun = await alluvium('restore', ...ofFlights, '--version', '2', '--at', at, '--dry-run', '--json');
  expect(JSON.parse(dryRun.stdout)).toMatchObject({ kind: 'planned', target: 2 });
  expect([started.length, await live()]).toEqual([1, before]);
});

test('restore is refused with code 3 when files are gone, and names the first', async () => {
  const refused = await alluvium('restore', ...ofFlights, '--version', '0', '--json');
  expect({ ...refused, stderr: JSON.parse(refused.stderr) }).toEqual({
    code: 3,
    stdout: '',
    stderr: {
      error: {
        name: 'RestoreRefused',
        message: 'flights: expected every file of version 0 to be there, 1 are gone: a is the first',
      },
    },
  });
});

test.each([
  [['restore', 'flights', '--version', '1'], 2],
  [['restore', ...ofFlights], 2],
  [['restore', ...ofFlights, '--version', '1', '--timestamp', '2026-11-21'], 2],
  [['restore', ...ofFlights, '--timestamp', '2000-01-01'], 1],
  [['restore', ...ofFlights, '--version', '1', '--at', '2000-01-01'], 2],
  [['restore', ...ofFlights, '--version', '1', '--at', 'soon'], 2],
  [['restore', ...ofFlights, '--version', '1', '--at', '9999-01-01'], 2],
  [['restore', '--env', 'local', 'elsewhere', '--version', '1'], 1],
  [['set-property', ...ofFlights], 2],
  [['set-property', ...ofFlights, 'owner'], 2],
  [['set-property', ...ofFlights, 'owner=me', '--unset', 'owner'], 2],
  [['set-property', ...ofFlights, 'delta.setTransactionRetentionDuration=1 day'], 3],
  [['set-property', ...ofFlights, 'delta.appendOnly=maybe'], 2],
  [['set-property', ...ofFlights, 'delta.logRetentionDuration=a week or so'], 2],
])('%j ends with code %i', async (args, code) => {
  const { code: found, stderr } = await alluvium(...args);
  expect([found, stderr === '']).toEqual([code, false]);
});

test('properties are set and unset in one version', async () => {
  const set = await alluvium('set-property', ...ofFlights, 'owner=a=b', 'delta.logRetentionDuration=interval 3 days');
  expect(set).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^Version \d+ of table flights: owner is set to a=b, delta\.logRetentionDuration is set to interval 3 days\.$/m,
    ),
  });
  const changes = ['delta.dataSkippingNumIndexedCols=5', '--unset', 'owner', '--unset', 'nothere'];
  const changed = await alluvium('set-property', ...ofFlights, ...changes);
  expect(changed.stdout).toMatch(
    /: delta\.dataSkippingNumIndexedCols is set to 5, owner is unset, nothere was not set\.$/m,
  );
  const again = await alluvium('set-property', ...ofFlights, 'delta.dataSkippingNumIndexedCols=5', '--unset', 'owner');
  expect(again.stdout).toBe('Table flights: delta.dataSkippingNumIndexedCols was 5 already, owner was not set.\n');
  const { metaData } = (await loadSnapshot(flights, checkpointCodec))!;
  expect(metaData.configuration).toEqual({
    'delta.logRetentionDuration': 'interval 3 days',
    'delta.dataSkippingNumIndexedCols': '5',
  });
  const record = await lake.ledger.tableById('t1');
  expect(record?.fileProperties).toEqual({ 'delta.dataSkippingNumIndexedCols': '5' });
});
