import type { Action, DeletionVector, Txn } from './actions.ts';
import type { ActionKind } from './checkpoint-codec.ts';
import { retentionMs } from './retention.ts';
import type { Snapshot } from './snapshot.ts';

const weekMs = 7 * 86_400_000;

const deletionVectorFields: readonly (keyof DeletionVector)[] = [
  'storageType',
  'pathOrInlineDv',
  'offset',
  'sizeInBytes',
  'cardinality',
];

/** Fields that a checkpoint keeps (PROTOCOL.md, "Checkpoint Schema"); tombstones have neither statistics nor tags. */
const keptFields: Record<ActionKind, readonly string[]> = {
  protocol: ['minReaderVersion', 'minWriterVersion', 'readerFeatures', 'writerFeatures'],
  metaData: ['id', 'name', 'description', 'format', 'schemaString', 'partitionColumns', 'configuration', 'createdTime'],
  txn: ['appId', 'version', 'lastUpdated'],
  domainMetadata: ['domain', 'configuration', 'removed'],
  add: [
    'path',
    'partitionValues',
    'size',
    'modificationTime',
    'dataChange',
    'tags',
    'deletionVector',
    'baseRowId',
    'defaultRowCommitVersion',
    'clusteringProvider',
    'stats',
  ],
  remove: [
    'path',
    'deletionTimestamp',
    'dataChange',
    'extendedFileMetadata',
    'partitionValues',
    'size',
    'deletionVector',
    'baseRowId',
    'defaultRowCommitVersion',
  ],
};

/** What a checkpoint of this snapshot holds: expired tombstones and transactions are left out, unknown fields too. */
export function planCheckpoint(snapshot: Snapshot, nowMs: number): Action[] {
  const { protocol, metaData, txns, domains, files, tombstones } = snapshot;
  const { configuration } = metaData;
  const tombstoneCutoffMs = nowMs - (retentionMs(configuration['delta.deletedFileRetentionDuration']) ?? weekMs);
  const txnLifeMs = retentionMs(configuration['delta.setTransactionRetentionDuration']);
  const isKept = ({ lastUpdated }: Txn) =>
    txnLifeMs === undefined || (lastUpdated !== undefined && lastUpdated > nowMs - txnLifeMs);
  const actions: Action[] = [
    { protocol },
    { metaData },
    ...[...txns.values()].filter(isKept).map((txn) => ({ txn })),
    ...[...domains.values()].map((domainMetadata) => ({ domainMetadata })),
    ...[...files.values()].map((add) => ({ add })),
    ...[...tombstones.values()]
      .filter(({ deletionTimestamp }) => (deletionTimestamp ?? 0) > tombstoneCutoffMs)
      .map((remove) => ({ remove })),
  ];
  return actions.map(asCheckpointed);
}

/** An action as a checkpoint holds it: only the fields it keeps, and no change of data. */
export function asCheckpointed(action: Action): Action {
  const [[kind, fields]] = Object.entries(action) as [[ActionKind, Record<string, unknown>]];
  const kept = pick(fields, keptFields[kind]);
  if (kind === 'add' || kind === 'remove') kept.dataChange = false;
  if (kept.deletionVector !== undefined) {
    kept.deletionVector = pick(kept.deletionVector as Record<string, unknown>, deletionVectorFields);
  }
  return { [kind]: kept } as unknown as Action;
}

const pick = (fields: Record<string, unknown>, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]));
