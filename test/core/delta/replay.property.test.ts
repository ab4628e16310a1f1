import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { checkpointPath, commitPath, lastCheckpointPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import { loadSnapshot, type Snapshot } from '#delta/snapshot.ts';
import { addFile, metaDataAction, removeFile, tableCreation, txnAction } from '../../support/actions.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

const nowMs = 1_700_000_000_000;

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.nat(8).map((file) => ({ add: addFile(`f${file}`, { partitionValues: { p: null } }) })) },
  { weight: 3, arbitrary: fc.nat(8).map((file) => ({ remove: removeFile(`f${file}`, { deletionTimestamp: nowMs }) })) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(3), fc.bigInt(0n, 2n ** 63n - 1n)).map(([app, at]) => txnAction(`a${app}`, at)),
  },
  { weight: 1, arbitrary: fc.string().map((name) => metaDataAction({ name })) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(2), fc.boolean()).map(([domain, removed]) => ({
      domainMetadata: { domain: `d${domain}`, configuration: '', removed },
    })),
  },
);

/** What must not depend on where the replay began; a checkpoint's files have no change of data. */
const comparable = ({ version, protocol, metaData, txns, domains, files, tombstones }: Snapshot) => ({
  version,
  protocol,
  metaData,
  txns: new Map(txns),
  domains: new Map(domains),
  files: new Map([...files].map(([key, add]) => [key, { ...add, dataChange: false }])),
  tombstones: new Map([...tombstones].map(([key, remove]) => [key, { ...remove, dataChange: false }])),
});

test('any history gives one state, replayed from its commits alone or from any of its checkpoints', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(action, { maxLength: 6 }), { maxLength: 6 }),
      fc.array(fc.nat(6), { maxLength: 3 }),
      async (commits, checkpoints) => {
        const store = memoryObjectStore();
        await store.put(commitPath(0), serializeActions(tableCreation()));
        for (const [index, actions] of commits.entries())
          await store.put(commitPath(index + 1), serializeActions(actions));
        const fromCommits = await loadSnapshot(store, checkpointCodec);
        const versions = [...new Set(checkpoints)].filter((version) => version <= commits.length);
        for (const version of versions) await writeCheckpoint(store, checkpointCodec, version, nowMs);
        for (const version of versions.sort((left, right) => right - left)) {
          const snapshot = await loadSnapshot(store, checkpointCodec);
          expect(comparable(snapshot!)).toEqual(comparable(fromCommits!));
          const { files: _files, tombstones: _tombstones, ...state } = snapshot!;
          expect(await loadLogState(store, checkpointCodec)).toEqual(state);
          await store.delete(checkpointPath(version));
          await store.delete(lastCheckpointPath);
        }
      },
    ),
    { numRuns: 150 },
  );
});
