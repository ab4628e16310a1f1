import type { AddFile } from '#delta/actions.ts';
import { deletionVectorId } from '#delta/snapshot.ts';
import { openTable, predicateOf } from './open-table.ts';
import { readArguments, readingOptions, versionOptions } from './read-arguments.ts';
import { bytesText, instantText, textTable } from './text-table.ts';
import type { Verb } from './verb.ts';

const options = { ...readingOptions, ...versionOptions, where: { type: 'string' } } as const;

export const files: Verb = {
  usage:
    'files <table> [--version <number> | --timestamp <instant>] [--where <predicate>] [--env <environment>] [--json]',
  purpose: 'lists the live data files of a table; with --where those that may hold rows that match',
  async run(args, root) {
    const { values, positionals } = readArguments(args, options, 1, this.usage);
    const table = await openTable(positionals[0]!, values, root);
    const live = table.files({ predicate: predicateOf(values.where, table.schema) });
    return values.json ? lines(live) : textTable(names, rows(live));
  },
};

/** Rows by the file's statistics, those deleted by its vector included. */
export const recordsOf = ({ stats }: Pick<AddFile, 'stats'>): number | null =>
  stats === undefined ? null : ((JSON.parse(stats) as { numRecords?: number }).numRecords ?? null);

async function* lines(live: AsyncIterable<AddFile>): AsyncGenerator<string> {
  for await (const add of live) {
    const { path, size, modificationTime, partitionValues, deletionVector } = add;
    yield JSON.stringify({
      path,
      size,
      modificationTime,
      partitionValues,
      numRecords: recordsOf(add),
      deletionVector: deletionVector === undefined ? null : deletionVectorId(deletionVector),
    });
  }
}

const names = ['path', 'size', 'rows', 'deleted', 'modified', 'partition'];

async function* rows(live: AsyncIterable<AddFile>): AsyncGenerator<string[]> {
  for await (const add of live) {
    yield [
      add.path,
      bytesText(add.size),
      String(recordsOf(add) ?? ''),
      String(add.deletionVector?.cardinality ?? ''),
      instantText(add.modificationTime),
      Object.entries(add.partitionValues)
        .map(([column, value]) => `${column}=${value ?? 'null'}`)
        .join(' '),
    ];
  }
}
