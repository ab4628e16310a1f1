import { join } from 'node:path';
import { runChildCase } from '../child-case.ts';
import { type Aim, atMost, type BenchCase, type BenchResult } from '../suite.ts';
import { measureBundles } from './bundles.ts';
import { measureFirstBatch } from './first-batch.ts';

const file = (name: string): string => join(import.meta.dirname, name);

/** A commit may cost this much more at version 1,000 than at version 10: what one machine's timings differ by anyway. */
const commitNoise = 1.5;

/** A record's way, thin: ingest of full events, one commit early and late in a table's life, bundles, a cold start. */
export async function run(): Promise<BenchResult> {
  const cases: BenchCase[] = [];
  for (const origin of ['kinesis', 'kafka'] as const) {
    const values = await runChildCase<BenchCase['values']>(file('ingest-event.ts'), [origin]);
    cases.push({ name: `ingest of one 6 MiB event from ${origin}`, values });
  }
  for (const route of ['kafka.topic', 'event_type']) {
    const values = await runChildCase<BenchCase['values']>(file('ingest-event.ts'), ['kafka', route]);
    cases.push({ name: `the same from kafka, routed by ${route}`, values });
  }
  const commits = await runChildCase<Commits[]>(file('commit-versions.ts'));
  for (const { version, ...values } of commits) {
    cases.push({ name: `one commit at version ${version}`, values });
  }
  const bundles = measureBundles();
  cases.push(...bundles.cases, ...(await measureFirstBatch()));
  return { suite: 'spine', cases, aims: [...commitAims(commits), ...bundles.aims] };
}

interface Commits {
  version: number;
  /** By a process that made the version before. */
  warmMs: number;
  warmRequests: number;
  /** By a process that loads the log first. */
  coldMs: number;
  coldRequests: number;
}

function commitAims(commits: readonly Commits[]): Aim[] {
  const [early, late] = commits;
  if (early === undefined || late === undefined) throw new Error('expected commits at two versions to compare');
  return [
    atMost('commit at version 1,000 over version 10, time', late.warmMs / early.warmMs, commitNoise),
    atMost('commit at version 1,000 over version 10, requests', late.warmRequests / early.warmRequests, 1),
    atMost('the same by a cold process, requests', late.coldRequests / early.coldRequests, commitNoise),
  ];
}
