/** Child process: commits a manifest a version up to version 1,000 and times those about 10 and about 1,000, warm and cold. */
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { CommitWorld } from '../../../test/support/commit.ts';
import { manifest, manifestRange } from '../../../test/support/manifests.ts';
import { median } from '../suite.ts';

const meant = [10, 1000] as const;
/** Versions before and after the one that is meant. */
const neighbours = 9;

interface TimedCommit {
  version: number;
  isCold: boolean;
  ms: number;
  /** To the object store. */
  requests: number;
}

/** Every second commit is by a process that knows nothing of the table yet. */
async function commitUpTo(lastVersion: number): Promise<TimedCommit[]> {
  const world = new CommitWorld();
  const requests = countRequests(world.objects);
  await world.createTable();
  const commits: TimedCommit[] = [];
  for (let ordinal = 1; (commits.at(-1)?.version ?? 0) < lastVersion; ordinal++) {
    await world.stage(manifest([manifestRange(ordinal)]));
    const isCold = ordinal % 2 === 0;
    const requestsBefore = requests.count;
    const startedMs = performance.now();
    const { version, checkpointDue } = await world.commit(isCold ? { states: new Map() } : {});
    const ms = performance.now() - startedMs;
    commits.push({ version, isCold, ms, requests: requests.count - requestsBefore });
    if (checkpointDue) await writeCheckpoint(world.objects, checkpointCodec, version, world.nowMs);
  }
  return commits;
}

function countRequests(store: ObjectStore): { count: number } {
  const requests = { count: 0 };
  const counted = store as unknown as Record<keyof ObjectStore, (...args: unknown[]) => unknown>;
  for (const name of ['read', 'readRange', 'head', 'put', 'putIfAbsent', 'list'] as const) {
    const request = counted[name].bind(store);
    counted[name] = (...args) => {
      requests.count++;
      return request(...args);
    };
  }
  return requests;
}

/** Compiled code is the same for all versions that are compared. */
await commitUpTo(100);
const commits = await commitUpTo(meant[1] + neighbours);
const figures = meant.map((version) => {
  const near = commits.filter((commit) => Math.abs(commit.version - version) <= neighbours);
  const medianOf = (isCold: boolean, figure: 'ms' | 'requests') =>
    median(near.filter((commit) => commit.isCold === isCold).map((commit) => commit[figure]));
  return {
    version,
    warmMs: medianOf(false, 'ms'),
    warmRequests: medianOf(false, 'requests'),
    coldMs: medianOf(true, 'ms'),
    coldRequests: medianOf(true, 'requests'),
  };
});
console.log(JSON.stringify(figures));
