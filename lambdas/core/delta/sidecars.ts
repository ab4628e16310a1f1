import { parseLines } from './action-json.ts';
import type { CheckpointReader, Sidecar } from './checkpoint-codec.ts';
import { CorruptLog } from './errors.ts';
import { beforeVersion, logFolder, parseLogPath } from './log-path.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';
import { ranged } from './replay.ts';

const sidecarFolder = `${logFolder}_sidecars/`;
/** A month of commits every few seconds has tens of thousands of checkpoints: one by one they would take longer than a run has. */
const parallelReads = 16;

/**
 * Sidecars that no checkpoint of version `keptFrom` or later names, put at or before `cutoffMs`: a checkpoint that is being
 * written puts its sidecars first. They are listed before the checkpoints are, for the same reason.
 */
export async function unnamedSidecars(
  store: ObjectStore,
  codec: CheckpointReader,
  keptFrom: number,
  cutoffMs: number,
): Promise<ObjectInfo[]> {
  const old: ObjectInfo[] = [];
  for await (const info of store.list(sidecarFolder)) if (info.lastModifiedMs <= cutoffMs) old.push(info);
  if (old.length === 0) return [];
  const checkpoints: ObjectInfo[] = [];
  for await (const info of store.list(logFolder, beforeVersion(keptFrom))) {
    if (info.path.charAt(logFolder.length) > '9') break;
    const kind = parseLogPath(info.path)?.kind;
    if (info.sizeBytes === 0) continue;
    if (kind === 'checkpoint' || kind === 'v2Checkpoint') checkpoints.push(info);
  }
  const named = new Set<string>();
  for (let start = 0; start < checkpoints.length; start += parallelReads) {
    const some = checkpoints.slice(start, start + parallelReads);
    const sidecars = await Promise.all(some.map((info) => Array.fromAsync(sidecarsOf(store, codec, info))));
    for (const { path } of sidecars.flat()) named.add(path.slice(path.lastIndexOf('/') + 1));
  }
  return old.filter(({ path }) => !named.has(path.slice(sidecarFolder.length)));
}

async function* sidecarsOf(store: ObjectStore, codec: CheckpointReader, info: ObjectInfo): AsyncGenerator<Sidecar> {
  if (!info.path.endsWith('.json')) {
    for await (const action of codec.read(ranged(store, info), ['protocol']))
      if ('sidecar' in action) yield action.sidecar;
    return;
  }
  const object = await store.read(info.path);
  if (object === undefined) throw new CorruptLog(`${info.path}: expected the checkpoint that was listed, found none`);
  for (const line of parseLines(object.bytes, info.path)) {
    const sidecar = line.sidecar as Sidecar | null | undefined;
    if (typeof sidecar?.path === 'string') yield sidecar;
  }
}
