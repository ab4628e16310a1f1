import type { MetaData } from '#delta/actions.ts';
import { logFolder } from '#delta/log-path.ts';
import type { ObjectInfo, ObjectStore } from '#delta/object-store.ts';
import { type Removals, readRemovals } from '#delta/removals.ts';
import { type Candidates, isChangeFile, isVacuumable, pathsOf } from '#delta/vacuum-candidates.ts';
import { lastVacuumedVersion } from '#delta/vacuum-info.ts';

export interface VacuumSearch {
  store: ObjectStore;
  metaData: MetaData;
  /** Only what was put or removed at or before this instant. */
  cutoffMs: number;
  maxListed: number;
  maxFiles: number;
}

/** Files that may be vacuumed, unless something still needs them. */
export interface Found {
  candidates: Candidates;
  isMoreLeft: boolean;
  /** By listing: the last path of what was listed, where more is behind it. */
  continueAfter?: string;
  /** By the log: once the candidates are gone, nothing is left of this version and those before. */
  vacuumedVersion?: number;
  untoldBefore?: number;
}

/** What is old enough among the objects after the path `after`: at most `maxListed` are looked at. */
export async function listedCandidates(
  { store, metaData: { partitionColumns }, cutoffMs, maxListed }: VacuumSearch,
  after: string,
): Promise<Found> {
  const candidates: Candidates = new Map();
  let listed = 0;
  for await (const { path, sizeBytes, lastModifiedMs } of objectsOutsideLog(store, after)) {
    if (lastModifiedMs <= cutoffMs && isVacuumable(path, partitionColumns)) candidates.set(path, sizeBytes);
    listed += 1;
    if (listed === maxListed) return { candidates, isMoreLeft: true, continueAfter: path };
  }
  return { candidates, isMoreLeft: false };
}

/** Files of the change data feed are named by their commit alone, which may be younger than they are. */
export async function spareChangeFiles(candidates: Candidates, store: ObjectStore, cutoffMs: number): Promise<void> {
  if (![...candidates.keys()].some(isChangeFile)) return;
  for await (const { changeFiles } of readRemovals(store, 0, cutoffMs)) {
    for (const path of changeFiles) candidates.delete(path);
  }
}

async function* objectsOutsideLog(store: ObjectStore, after: string): AsyncGenerator<ObjectInfo> {
  for await (const info of store.list('', after)) {
    if (info.path.startsWith(logFolder)) {
      yield* store.list('', behindLog);
      return;
    }
    yield info;
  }
}

/** Sorts after everything in the log. */
const behindLog = `${logFolder}\u{10ffff}`;

/**
 * Files of removes that are old enough, out of the commits that are old enough and not vacuumed yet: those of whole versions,
 * until they are `maxFiles` or more, or `maxListed` versions are read.
 */
export async function removedCandidates(search: VacuumSearch): Promise<Found> {
  const { store, cutoffMs, maxFiles, maxListed } = search;
  const candidates: Candidates = new Map();
  const vacuumed = await lastVacuumedVersion(store);
  const found: Found = { candidates, isMoreLeft: false };
  let read = 0;
  let isWholly = true;
  for await (const removals of readRemovals(store, vacuumed + 1)) {
    if (read === 0 && removals.version > vacuumed + 1) found.untoldBefore = removals.version;
    if (removals.writtenMs > cutoffMs) break;
    if (candidates.size >= maxFiles || read === maxListed) {
      found.isMoreLeft = true;
      break;
    }
    read += 1;
    const isExpired = addExpired(candidates, removals, search);
    isWholly &&= isExpired;
    if (isWholly) found.vacuumedVersion = removals.version;
  }
  return found;
}

/** False: one of the version's removes is not old enough, whatever the age of its commit. */
function addExpired(
  candidates: Candidates,
  { writtenMs, removes, changeFiles }: Removals,
  { metaData: { partitionColumns }, cutoffMs }: VacuumSearch,
): boolean {
  let isWholly = true;
  for (const remove of removes) {
    if ((remove.deletionTimestamp ?? writtenMs) > cutoffMs) {
      isWholly = false;
      continue;
    }
    const [data, ...vectors] = pathsOf(remove) as [string, ...string[]];
    if (isVacuumable(data, partitionColumns)) candidates.set(data, remove.size ?? 0);
    for (const path of vectors) if (isVacuumable(path, partitionColumns)) candidates.set(path, 0);
  }
  for (const path of changeFiles) {
    if (isChangeFile(path) && isVacuumable(path, partitionColumns)) candidates.set(path, 0);
  }
  return isWholly;
}
