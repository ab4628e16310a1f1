import { formatPorts } from '#adapters/aws/format-wiring.ts';
import { readLakeTable } from '#adapters/aws/read-lake-table.ts';
import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import { deadLetterTablesOf, type SourcesOfLetters } from '#contract/dead-letter-table.ts';
import { deadLetterTable } from '#contract/settings.ts';
import { parseSchema } from '#delta/schema.ts';
import { isOfDeadLetters } from '#pipeline/ingest/dead-letter.ts';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import type { Letter } from '#pipeline/redrive/letter.ts';
import type { LetterFilter } from '#pipeline/redrive/letter-filter.ts';
import { readLetters } from '#pipeline/redrive/read-letters.ts';
import type { RedrivePorts } from '#pipeline/redrive/redrive-letters.ts';
import { RedrivenLetters } from '#pipeline/redrive/redriven-letters.ts';
import { assertKnownNames } from './letter-options.ts';
import { operatorPorts } from './operator-ports.ts';

/** The dead letters of an environment, in whichever tables its sources keep them, or have kept them. */
export interface DeadLetters {
  read(filter: LetterFilter, limit?: number): AsyncGenerator<Letter>;
  redriven: RedrivenLetters;
  redrivePorts: RedrivePorts;
}

export function openDeadLetters(root: string, environment: string): DeadLetters {
  const operator = operatorPorts(root, environment);
  const { settings, ledger, logOf, codec, clock, ids } = operator;
  const storeOf = (tableName: string) => logOf(tableName).objects;
  const journals = storeOf(deadLetterTable);
  return {
    async *read(filter, limit = Number.POSITIVE_INFINITY) {
      let left = limit;
      for (const tableName of await letterTables(settings, ledger)) {
        if (left <= 0) return;
        for await (const letter of readLetters(storeOf(tableName), codec, filter)) {
          yield letter;
          if (--left <= 0) return;
        }
      }
      if (left === limit) assertKnownNames(filter, settings);
    },
    redriven: new RedrivenLetters(ledger, journals),
    redrivePorts: {
      ledger,
      settings,
      journals,
      storeOf,
      lakeTable: (tableName) => readLakeTable(storeOf(tableName)),
      engines: kernelEngines(),
      clock,
      ids,
      measurements: { count: () => undefined },
      formats: formatPorts(settings),
    },
  };
}

/** Tables of dead letters by the settings, then those that were some by earlier ones: what is in them is there still. */
export async function letterTables(
  settings: SourcesOfLetters,
  ledger: Pick<Ledger, 'tables'>,
): Promise<ReadonlySet<string>> {
  const names = new Set(deadLetterTablesOf(settings));
  for await (const { tableName, schemaString } of ledger.tables()) {
    if (isOfDeadLetters(parseSchema(schemaString))) names.add(tableName);
  }
  return names;
}
