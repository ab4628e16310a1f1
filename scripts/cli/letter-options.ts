import { destinationOf } from '#contract/route-template.ts';
import type { Settings } from '#contract/settings.ts';
import { tableKeyOf } from '#contract/table-names.ts';
import type { LetterFilter } from '#pipeline/redrive/letter-filter.ts';
import { instantOf, wholeNumber } from './read-arguments.ts';
import { UsageError } from './verb.ts';

/** Options that say which dead letters are meant. */
export const filterOptions = {
  source: { type: 'string' },
  table: { type: 'string' },
  error: { type: 'string' },
  partition: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string' },
} as const;

type FilterValues = { [Option in keyof typeof filterOptions]?: string | undefined };

export function filterOf({ source, table, error, partition, from, to, since, until }: FilterValues): LetterFilter {
  return {
    source,
    table,
    error,
    partition,
    from: positionOf('--from', from),
    to: positionOf('--to', to),
    sinceMs: since === undefined ? undefined : instantOf(since, '--since'),
    untilMs: until === undefined ? undefined : instantOf(until, '--until'),
  };
}

export const limitOf = (text: string | undefined): number =>
  text === undefined ? Number.POSITIVE_INFINITY : wholeNumber('--limit', text);

function positionOf(option: string, text: string | undefined): string | undefined {
  if (text !== undefined && !/^\d+(\.\d+)?$/.test(text)) {
    throw new UsageError(`expected ${option} to be a position: an offset, or a sequence number; got ${text}`);
  }
  return text;
}

/**
 * Where a filter leaves no dead letter: whether it can leave any. Sources and tables that the settings had before may have some.
 *
 * @throws {UsageError} naming what the settings have.
 */
export function assertKnownNames({ source, table }: LetterFilter, { sources, tables }: Settings): void {
  if (source !== undefined && !Object.hasOwn(sources, source)) {
    throw new UsageError(
      `expected --source to be of the settings, ${Object.keys(sources).join(', ')}, or one that has dead letters; got ${source}`,
    );
  }
  const routes = Object.values(sources).map(destinationOf);
  if (table !== undefined && tableKeyOf(tables, table) === undefined && !routes.includes(table)) {
    throw new UsageError(
      `expected --table to be of the settings, ${Object.keys(tables).join(', ')}, or one that dead letters were meant for; got ${table}`,
    );
  }
}
