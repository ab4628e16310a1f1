/** Child process: one case on the large table in a folder. Arguments: the folder, the case. */
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { planAppend } from '#delta/append.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { openTableFiles } from '#delta/live-files.ts';
import { findLogSegment } from '#delta/log-segment.ts';
import { advanceLogState, type LogState, loadLogState } from '#delta/log-state.ts';
import { bindPredicate, parsePredicate } from '#delta/predicate.ts';
import { parseSchema } from '#delta/schema.ts';
import { peakMiB } from '../peak-memory.ts';
import { median } from '../suite.ts';
import { fileOf, partitionOf } from './large-table.ts';

const warmCommits = 21;
const [folder, which] = process.argv.slice(2) as [string, string];
const store = fileObjectStore(folder);
const logStore = conditionalLogStore(store);
let file = 2_000_000_000;

async function load(): Promise<LogState> {
  const state = await loadLogState(store, checkpointCodec);
  if (state === undefined) throw new Error(`${folder}: expected a table, found none`);
  return state;
}

async function append(state: LogState): Promise<void> {
  const txnId = crypto.randomUUID();
  const attempt = { nowMs: Date.now(), txnId, engineInfo: 'bench' };
  const actions = planAppend({ state, ...attempt, files: [fileOf(file++, 0)], txns: [] });
  const outcome = await logStore.commit(state.version + 1, actions, txnId);
  if (outcome.kind !== 'committed') throw new Error(`expected version ${state.version + 1}, got ${outcome.kind}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function warm(): Promise<number> {
  let state = await load();
  const times: number[] = [];
  for (let commit = 0; commit < warmCommits; commit++) {
    times.push(
      await timed(async () => {
        state = (await advanceLogState(state, store)) as LogState;
        await append(state);
      }),
    );
  }
  return median(times);
}

/** Plans a scan of one partition; answers how many files it has. */
async function scan(): Promise<number> {
  const table = await openTableFiles(store, checkpointCodec);
  if (table === undefined) throw new Error(`${folder}: expected a table, found none`);
  const predicate = bindPredicate(
    parsePredicate(`p = '${partitionOf(7)}'`),
    parseSchema(table.state.metaData.schemaString),
  );
  let files = 0;
  for await (const _ of table.files({ predicate })) files++;
  return files;
}

async function measure(): Promise<Record<string, number>> {
  switch (which) {
    case 'cold commit':
      return { ms: await timed(async () => append(await load())) };
    case 'warm commit':
      return { ms: await warm() };
    case 'checkpoint': {
      let files = 0;
      const ms = await timed(async () => {
        const { version } = (await findLogSegment(store))!;
        files = (await writeCheckpoint(store, checkpointCodec, version, Date.now())).numOfAddFiles ?? 0;
      });
      return { ms, files };
    }
    case 'scan plan': {
      let files = 0;
      const ms = await timed(async () => {
        files = await scan();
      });
      return { ms, files };
    }
    default:
      throw new Error(`expected a case, got ${which}`);
  }
}

const figures = await measure();
console.log(JSON.stringify({ ...figures, peakMiB: peakMiB() }));
