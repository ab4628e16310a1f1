import type { Action, DeletionVector, MetaData, RemoveFile, Txn } from './actions.ts';
import type { ActionKind, StateAction } from './checkpoint-codec.ts';
import type { LogState } from './log-state.ts';
import { properties, propertyOf } from './properties.ts';
import { retentionMs } from './retention.ts';

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

/** A checkpoint's actions but those of files: expired transactions are left out. */
export function checkpointState({ protocol, metaData, txns, domains }: LogState, nowMs: number): StateAction[] {
  const txnLifeMs = retentionMs(metaData.configuration['delta.setTransactionRetentionDuration']);
  const isKept = ({ lastUpdated }: Txn) =>
    txnLifeMs === undefined || (lastUpdated !== undefined && lastUpdated > nowMs - txnLifeMs);
  return [
    { protocol },
    { metaData },
    ...[...txns.values()].filter(isKept).map((txn) => ({ txn })),
    ...[...domains.values()].map((domainMetadata) => ({ domainMetadata })),
  ];
}

/** Whether a checkpoint still holds a tombstone: vacuum may not yet have deleted its file. */
export function isKeptTombstone(metaData: MetaData, nowMs: number): (remove: RemoveFile) => boolean {
  const cutoffMs = nowMs - propertyOf(metaData, properties.deletedFileRetentionMs);
  return ({ deletionTimestamp }) => (deletionTimestamp ?? 0) > cutoffMs;
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
