import type { Action, AddFile } from './actions.ts';
import type { CheckpointReader } from './checkpoint-codec.ts';
import { asCheckpointed } from './checkpoint-plan.ts';
import { comparableMetaData, comparableProtocol } from './comparable-state.ts';
import { canonicalText, Fingerprint } from './fingerprint.ts';
import type { CheckpointFiles } from './log-segment.ts';
import { applyToDraft, emptyDraft, type LogState } from './log-state.ts';
import type { ObjectStore } from './object-store.ts';
import { checkpointActions, stateKinds } from './replay.ts';
import { fileKey } from './snapshot.ts';

/** What is compared of a state; a damaged checkpoint may lack parts of it. */
type StateParts = Partial<Pick<LogState, 'protocol' | 'metaData'>> & Pick<LogState, 'txns' | 'domains'>;

/** Equal for the same live files, in whatever order they come. */
export async function liveFingerprint(files: AsyncIterable<AddFile>): Promise<string> {
  const fingerprint = new Fingerprint();
  for await (const add of files) fingerprint.add(fileKey(add));
  return fingerprint.toString();
}

/**
 * What a checkpoint that another writer may have written says otherwise than a version's state and live files. Tombstones and
 * expiring transactions may differ: writers keep them for other times.
 */
export async function differenceOf(
  store: ObjectStore,
  codec: CheckpointReader,
  checkpoint: CheckpointFiles,
  state: StateParts,
  files: string,
): Promise<string | undefined> {
  const draft = emptyDraft();
  for await (const action of checkpointActions(store, codec, checkpoint, stateKinds)) applyToDraft(draft, action);
  const expected = stateTexts(state);
  const { protocol, metaData, ...rest } = draft;
  const found = stateTexts({ ...rest, ...(protocol && { protocol }), ...(metaData && { metaData }) });
  const other = expected.find((text, index) => found[index] !== text) ?? found[expected.length];
  if (other !== undefined) return `its state differs at ${other.slice(0, 200)}`;
  const liveFiles = await liveFingerprint(addsOf(checkpointActions(store, codec, checkpoint, ['add'])));
  return liveFiles === files ? undefined : `expected live files ${files}, found ${liveFiles}`;
}

function stateTexts({ protocol, metaData, txns, domains }: StateParts): string[] {
  const expires = metaData?.configuration['delta.setTransactionRetentionDuration'] !== undefined;
  const actions = [
    ...(protocol === undefined ? [] : [{ protocol }]),
    ...(metaData === undefined ? [] : [{ metaData }]),
    ...(expires ? [] : [...txns.values()].map((txn) => ({ txn }))),
    ...[...domains.values()].map((domainMetadata) => ({ domainMetadata })),
  ];
  return actions.map((action) => canonicalText(comparable(asCheckpointed(action as Action)))).sort();
}

function comparable(action: Action): object {
  if ('protocol' in action) return { protocol: comparableProtocol(action.protocol) };
  return 'metaData' in action ? { metaData: comparableMetaData(action.metaData) } : action;
}

async function* addsOf(actions: AsyncIterable<Action>): AsyncGenerator<AddFile> {
  for await (const action of actions) if ('add' in action) yield action.add;
}
