import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { lookAhead } from '#columnar/read/look-ahead.ts';
import { parseActions } from '#delta/action-json.ts';
import type { CommitInfo } from '#delta/actions.ts';
import { NotATable, VersionNotReconstructible } from '#delta/errors.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { inCommitTimesOf, inCommitTimestamp, type TimedCommit, timedCommits } from '#delta/time-travel.ts';
import { readArguments, readingOptions, wholeNumber } from './read-arguments.ts';
import { locateTable } from './table-location.ts';
import { instantText, textTable } from './text-table.ts';
import type { Verb } from './verb.ts';

export const history: Verb = {
  usage: 'history <table> [--limit <commits>] [--env <environment>] [--json]',
  purpose: 'lists the commits that are in the log, newest first',
  async run(args, root) {
    const { values, positionals } = readArguments(
      args,
      { ...readingOptions, limit: { type: 'string' } } as const,
      1,
      this.usage,
    );
    const limit = values.limit === undefined ? Infinity : wholeNumber('--limit', values.limit);
    const table = positionals[0]!;
    const { store } = await locateTable(table, values.env, root);
    const state = await loadLogState(store, checkpointCodec);
    if (state === undefined) throw new NotATable(`${table}: expected a Delta table, found no log`);
    const sayTimeFrom = inCommitTimesOf(state.metaData)?.fromVersion ?? Infinity;
    const newest = (await timedCommits(store)).reverse().slice(0, limit);
    const entries = readEntries(store, newest, sayTimeFrom);
    return values.json ? lines(entries) : textTable(names, rows(entries));
  },
};

interface Entry {
  version: number;
  timestampMs: number;
  commitInfo: CommitInfo;
  addedFiles: number;
  removedFiles: number;
}

/** Commits are fetched this many at a time. */
const readsAhead = 8;

const readEntries = (store: ObjectStore, commits: readonly TimedCommit[], sayTimeFrom: number): AsyncIterable<Entry> =>
  lookAhead(commits, readsAhead, async ({ version, info, writtenMs }) => {
    const object = await store.read(info.path);
    if (object === undefined) throw new VersionNotReconstructible(`${info.path}: expected the commit just listed`);
    const actions = parseActions(object.bytes, info.path);
    const commitInfo = actions.find((action) => 'commitInfo' in action)?.commitInfo;
    return {
      version,
      timestampMs: version >= sayTimeFrom ? inCommitTimestamp(commitInfo, info.path) : writtenMs,
      commitInfo: commitInfo ?? {},
      addedFiles: actions.filter((action) => 'add' in action).length,
      removedFiles: actions.filter((action) => 'remove' in action).length,
    };
  });

async function* lines(entries: AsyncIterable<Entry>): AsyncGenerator<string> {
  for await (const { version, timestampMs, commitInfo, addedFiles, removedFiles } of entries) {
    yield JSON.stringify({ version, timestamp: instantText(timestampMs), addedFiles, removedFiles, commitInfo });
  }
}

const names = ['version', 'timestamp', 'operation', 'added', 'removed', 'parameters', 'engine'];

async function* rows(entries: AsyncIterable<Entry>): AsyncGenerator<string[]> {
  for await (const { version, timestampMs, commitInfo, addedFiles, removedFiles } of entries) {
    const { operation = '', operationParameters = {}, engineInfo = '' } = commitInfo;
    yield [
      String(version),
      instantText(timestampMs),
      operation,
      String(addedFiles),
      String(removedFiles),
      Object.entries(operationParameters as object)
        .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(' '),
      String(engineInfo),
    ];
  }
}
