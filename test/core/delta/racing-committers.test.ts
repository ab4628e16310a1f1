import { describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { parseActions, serializeActions } from '#delta/action-json.ts';
import { planAppend } from '#delta/append.ts';
import type { CommitEntryStore } from '#delta/commit-entry-store.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { dynamodbLogStore } from '#delta/dynamodb-log-store.ts';
import { commitFileName, commitPath, parseLogPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { LogStore } from '#delta/log-store.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { SeededRandom } from '../../simulation/seeded-random.ts';
import { addFile, tableCreation } from '../../support/actions.ts';
import { memoryCommitEntries } from '../../support/memory-commit-entries.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

const tablePath = 's3a://lake/tables/x';
const manifests = 6;

class Crash extends Error {}

/** Lets one of many waiting steps go on at a time, in an order that the seed decides. */
class Interleaving {
  readonly #waiting: (() => void)[] = [];
  readonly random: () => number;
  history: string[] = [];

  constructor(seed: number) {
    const seeded = new SeededRandom(seed);
    this.random = () => seeded.next();
  }

  turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async run(work: Promise<unknown>[]): Promise<void> {
    let running = work.length;
    const failures: unknown[] = [];
    for (const one of work) void one.catch((failure) => failures.push(failure)).finally(() => running--);
    for (let steps = 0; running > 0 && failures.length === 0; steps++) {
      if (steps > 20_000) throw new Error('expected the race to end, it goes on');
      await new Promise(setImmediate);
      const [next] = this.#waiting.splice(Math.floor(this.random() * this.#waiting.length), 1);
      next?.();
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Every call of the port may crash before or after its effect; conditional puts may lose their answer, or arrive late. */
  chaotic<Port extends object>(port: Port, who: string): Port {
    const calls = port as Record<string, (...args: unknown[]) => unknown>;
    const around =
      (method: string) =>
      async (...args: unknown[]): Promise<unknown> => {
        await this.turn();
        const luck = this.random();
        if (luck < 0.02) throw new Crash();
        if (method === 'putIfAbsent' && luck < 0.1) {
          if (luck < 0.05) this.#waiting.push(() => void calls[method]!(...args));
          this.history.push(`${who} ${method} ${String(args[0])} unanswered`);
          return 'unknown';
        }
        const answer = await calls[method]!(...args);
        this.history.push(`${who} ${method} ${typeof args[0] === 'string' ? args[0] : ''} ${String(answer)}`);
        await this.turn();
        if (luck < 0.14) throw new Crash();
        if (method === 'putIfAbsent' && luck < 0.2) return 'unknown';
        return answer;
      };
    return Object.fromEntries(
      Object.keys(port).map((method) => [method, method === 'list' ? calls[method] : around(method)]),
    ) as Port;
  }
}

/** No version is ever replaced by other bytes, whoever puts them. */
function immutableCommits(store: ObjectStore): ObjectStore {
  return {
    ...store,
    async put(path, bytes) {
      const present = parseLogPath(path)?.kind === 'commit' ? await store.read(path) : undefined;
      if (present !== undefined && Buffer.compare(present.bytes, bytes) !== 0) throw new Error(`${path} was replaced`);
      await store.put(path, bytes);
    },
  };
}

/** Commits every manifest that the log does not cover yet, life after life, until all are covered. */
async function committer(
  who: string,
  store: ObjectStore,
  logStoreOf: (who: string) => LogStore,
  random: () => number,
): Promise<void> {
  for (let life = 0; ; life++) {
    try {
      const state = (await loadLogState(store, checkpointCodec))!;
      const covered = Number(state.txns.get('source/0')?.version ?? 0n);
      if (covered === manifests) return;
      const last = covered + 1 + Math.floor(random() * (manifests - covered));
      const files = Array.from({ length: last - covered }, (_, index) => addFile(`manifest-${covered + 1 + index}`));
      const txnId = `${who}.${life}`;
      const txns = [{ appId: 'source/0', version: BigInt(last) }];
      const actions = planAppend({ state, files, txns, txnId, nowMs: 0, engineInfo: 'test' });
      await logStoreOf(txnId).commit(state.version + 1, actions, txnId);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
}

/** A writer with S3DynamoDBLogStore: recovers the newest entry, claims, then puts plainly. Answers versions it was told. */
async function sparkWriter(store: ObjectStore, entries: CommitEntryStore): Promise<number[]> {
  const told: number[] = [];
  const recover = async () => {
    const newest = await entries.newest(tablePath);
    if (newest === undefined || newest.complete) return;
    const path = `_delta_log/${newest.fileName}`;
    const temp = await store.read(`_delta_log/${newest.tempPath}`);
    if ((await store.head(path)) === undefined) await store.put(path, temp!.bytes);
    await entries.markComplete(newest, 1);
  };
  for (let commit = 0; commit < 3; commit++) {
    try {
      await recover();
      const state = (await loadLogState(store, checkpointCodec))!;
      const version = state.version + 1;
      if ((await store.head(commitPath(version))) !== undefined) continue;
      const bytes = serializeActions([
        { commitInfo: { txnId: `spark${commit}` } },
        { add: addFile(`spark-${commit}`) },
      ]);
      const tempPath = `.tmp/spark-${commit}`;
      await store.put(`_delta_log/${tempPath}`, bytes);
      const entry = { tablePath, fileName: commitFileName(version), tempPath, complete: false };
      if ((await entries.putIfAbsent(entry)) !== 'created') continue;
      if ((await store.head(commitPath(version))) === undefined) await store.put(commitPath(version), bytes);
      await entries.markComplete(entry, 1);
      told.push(version);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
  return told;
}

async function race(seed: number, family: 'dynamodb' | 'dynamodb with Spark' | 'conditional'): Promise<void> {
  const memory = memoryObjectStore();
  const store = immutableCommits(memory);
  const entries = memoryCommitEntries();
  await store.put(commitPath(0), serializeActions(tableCreation()));
  const interleaving = new Interleaving(seed);
  let ids = 0;
  const logStoreOf = (who: string): LogStore => {
    const chaotic = interleaving.chaotic(store, who);
    if (family === 'conditional') return conditionalLogStore(chaotic);
    return dynamodbLogStore({
      store: chaotic,
      entries: interleaving.chaotic(entries, who),
      tablePath,
      ids: () => `${++ids}`,
      clock: () => 0,
    });
  };
  const spark =
    family === 'dynamodb with Spark'
      ? sparkWriter(interleaving.chaotic(store, 'spark'), interleaving.chaotic(entries, 'spark'))
      : Promise.resolve([]);
  const committers = ['a', 'b', 'c'].map((who) => committer(who, store, logStoreOf, interleaving.random));
  try {
    await interleaving.run([...committers, spark]);
    const committed: string[] = [];
    for (let version = 1; ; version++) {
      const object = await memory.read(commitPath(version));
      if (object === undefined) break;
      committed.push(...parseActions(object.bytes).flatMap((action) => ('add' in action ? [action.add.path] : [])));
      const entry = await entries.get(tablePath, commitFileName(version));
      if (entry !== undefined) {
        expect(object.bytes).toEqual((await memory.read(`_delta_log/${entry.tempPath}`))?.bytes);
      }
    }
    const ours = committed.filter((path) => path.startsWith('manifest-'));
    expect(ours).toEqual(Array.from({ length: manifests }, (_, index) => `manifest-${index + 1}`));
    const sparkCommits = committed.filter((path) => path.startsWith('spark-'));
    expect(new Set(sparkCommits).size).toBe(sparkCommits.length);
    expect(sparkCommits.length).toBeGreaterThanOrEqual((await spark).length);
  } catch (cause) {
    throw new Error(`seed ${seed}, ${family}:\n${interleaving.history.join('\n')}`, { cause });
  }
}

describe('committers that race, crash at any await and lose answers leave each manifest in the log once, in order', () => {
  test.each(['dynamodb', 'dynamodb with Spark', 'conditional'] as const)('%s', async (family) => {
    for (let seed = 1; seed <= 60; seed++) await race(seed, family);
  });
});
