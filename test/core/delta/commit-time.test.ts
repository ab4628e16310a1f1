import { expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { parseActions, serializeActions } from '#delta/action-json.ts';
import { planAppend } from '#delta/append.ts';
import { nextCommitTime } from '#delta/commit-time.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import { optimizeOperation } from '#delta/optimize.ts';
import { restoreOperation } from '#delta/restore.ts';
import { versionAt } from '#delta/time-travel.ts';
import { transact } from '#delta/transact.ts';
import { addFile, metaDataAction, protocolAction } from '../../support/actions.ts';
import { CommitWorld } from '../../support/commit.ts';
import { manifest, manifestRange } from '../../support/manifests.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

const saying = protocolAction({ minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['inCommitTimestamp'] });
const metaData = metaDataAction({ configuration: { 'delta.enableInCommitTimestamps': 'true' } });
const [a, b, ab] = ['a', 'b', 'ab'].map((path) => addFile(path));
const first = [{ commitInfo: { inCommitTimestamp: 5_000 } }, saying, metaData, { add: a! }, { add: b! }];

async function table() {
  const objects = memoryObjectStore(() => 1);
  await objects.put(commitPath(0), serializeActions(first));
  const stateOf = async () => (await loadLogState(objects, checkpointCodec))!;
  const timeOf = async (version: number) => {
    const { bytes } = (await objects.read(commitPath(version)))!;
    const action = parseActions(bytes)[0]!;
    return 'commitInfo' in action ? action.commitInfo.inCommitTimestamp : undefined;
  };
  return { objects, stateOf, timeOf };
}

const optimize = optimizeOperation({ inputs: [a!, b!], outputs: [ab!] });
const portsAt = (nowMs: number) => ({ nowMs: () => nowMs, txnId: () => `at ${nowMs}`, engineInfo: 'test' });

test('a commit says its time first, after that of the commit before even where the clock is behind', async () => {
  const { objects, stateOf, timeOf } = await table();
  await transact({ objects, logStore: conditionalLogStore(objects) }, await stateOf(), optimize, portsAt(10));
  expect(await timeOf(1)).toBe(5_001);
  expect(await nextCommitTime(await stateOf(), objects, 10)).toEqual({ inCommitTimestampMs: 5_002 });
  expect(await nextCommitTime(await stateOf(), objects, 9_000)).toEqual({ inCommitTimestampMs: 9_000 });
  expect(await versionAt(objects, checkpointCodec, 5_000)).toBe(0);
});

test('the property is what it says in any case', async () => {
  const { objects, stateOf } = await table();
  const shouted = metaDataAction({ configuration: { 'delta.enableInCommitTimestamps': 'TRUE' } });
  await objects.put(commitPath(1), serializeActions([{ commitInfo: { inCommitTimestamp: 6_000 } }, shouted]));
  expect(await nextCommitTime(await stateOf(), objects, 10)).toEqual({ inCommitTimestampMs: 6_001 });
  expect(await versionAt(objects, checkpointCodec, 5_500)).toBe(0);
});

test('planned again over a commit of another it says a later one', async () => {
  const { objects, stateOf, timeOf } = await table();
  const state = await stateOf();
  await objects.put(commitPath(1), serializeActions([{ commitInfo: { inCommitTimestamp: 7_000 } }]));
  await transact({ objects, logStore: conditionalLogStore(objects) }, state, optimize, portsAt(6_000));
  expect(await timeOf(2)).toBe(7_001);
});

test('a commit that does not know its time is not planned', async () => {
  const { stateOf } = await table();
  const plan = { state: await stateOf(), files: [], txns: [], txnId: 't', nowMs: 1, engineInfo: 'test' };
  expect(() => planAppend(plan)).toThrow('expected inCommitTimestampMs');
});

test('a commit before that does not say its time ends it', async () => {
  const { objects, stateOf } = await table();
  await objects.put(commitPath(1), serializeActions([{ commitInfo: {} }]));
  await expect(nextCommitTime(await stateOf(), objects, 10)).rejects.toMatchObject({ name: 'CorruptLog' });
});

test('tables that do not ask for it say nothing, and nothing is read', async () => {
  const { objects, stateOf } = await table();
  const state = { ...(await stateOf()), ...metaDataAction() };
  objects.objects.clear();
  expect(await nextCommitTime(state, objects, 10)).toEqual({});
});

test('the committer says it too', async () => {
  const world = new CommitWorld();
  await world.createTable({ incarnation: 'table-1' });
  await world.write(0, [{ commitInfo: { inCommitTimestamp: world.nowMs + 60_000 } }, ...first.slice(1, 3)]);
  await world.stage(manifest([manifestRange(1)], { incarnation: 'table-1' }));
  expect(await world.commit()).toMatchObject({ version: 1 });
  expect(world.actions(1)[0]).toMatchObject({ commitInfo: { inCommitTimestamp: world.nowMs + 60_001 } });
});

test('a restore to a version before it was asked for goes on saying it', async () => {
  const { objects, stateOf, timeOf } = await table();
  const state = await stateOf();
  const target = { state: { ...state, ...metaDataAction({ configuration: { owner: 'me' } }) } };
  const difference = { missing: [], surplus: [], keysThen: new Set<string>(), bytesThen: 0 };
  const log = { objects, logStore: conditionalLogStore(objects) };
  await transact(log, state, restoreOperation(target, difference), portsAt(10));
  expect((await stateOf()).metaData.configuration).toEqual({ owner: 'me', ...metaData.metaData.configuration });
  expect(await timeOf(1)).toBe(5_001);
});
