/** Child process: commits a manifest a version up to version 1,000 and times those about 10 and about 1,000, warm and cold. */
import { checkpointCodec } from '#columnar/checkpoint-codec.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { CommitWorld } from '../../../test/support/commit.ts';
import { manifest, manifestRange } from '../../../test/support/manifests.ts';
import { median } from '../suite.ts';

const meant = [10, 1000] as const;
/** Versions before and after the one that is meant. */
const neighbours = 9;

/** Milliseconds of each version's commit; every second one is by a process that knows nothing of the table yet. */
async function commitUpTo(lastVersion: number): Promise<{ version: number; isCold: boolean; ms: number }[]> {
  const world = new CommitWorld();
  await world.createTable();
  const commits: { version: number; isCold: boolean; ms: number }[] = [];
  for (let ordinal = 1; (commits.at(-1)?.version ?? 0) < lastVersion; ordinal++) {
    await world.stage(manifest([manifestRange(ordinal)]));
    const isCold = ordinal % 2 === 0;
    const startedMs = performance.now();
    const { version, checkpointDue } = await world.commit(isCold ? { states: new Map() } : {});
    commits.push({ version, isCold, ms: performance.now() - startedMs });
    if (checkpointDue) await writeCheckpoint(world.objects, checkpointCodec, version, world.nowMs);
  }
  return commits;
}

/** Compiled code is the same for all versions that are compared. */
await commitUpTo(100);
const commits = await commitUpTo(meant[1] + neighbours);
const figures = meant.map((version) => {
  const near = commits.filter((commit) => Math.abs(commit.version - version) <= neighbours);
  const msOf = (isCold: boolean) => median(near.filter((commit) => commit.isCold === isCold).map(({ ms }) => ms));
  return { version, warmMs: msOf(false), coldMs: msOf(true) };
});
console.log(JSON.stringify(figures));
