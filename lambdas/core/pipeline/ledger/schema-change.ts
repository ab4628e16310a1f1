import type { SchemaGrowth } from '#delta/schema-growth.ts';

/** Who brought columns into a table: records of a source, or the settings that declare them. */
export type ChangeCause =
  | {
      kind: 'records';
      /** From the first to the last record that had something new. */
      ranges: { sourcePartition: string; from: string; to: string }[];
      /** Their payloads' schemas, by name and id, where they say so. */
      schemas?: { name?: string; id?: string }[];
    }
  | { kind: 'settings' };

/** One change of the columns that ledger and log agree on, for the table's history. */
export interface SchemaChange {
  /** The version of the agreed schema that has it. */
  schemaVersion: number;
  /** Paths of new columns. */
  added: string[];
  /** Paths of columns with a wider type than before. */
  widened: string[];
  by: ChangeCause;
}

/** A table's record names so many columns of a change, of so many bytes, and of changes the last so many: it must not outgrow its item. */
const mostNamed = 200;
const mostNamedBytes = 8_000;
const mostChanges = 8;

const utf8 = new TextEncoder();

function named(paths: readonly string[]): string[] {
  let bytes = 0;
  return paths.slice(0, mostNamed).filter((path) => {
    bytes += utf8.encode(JSON.stringify(path)).length;
    return bytes <= mostNamedBytes;
  });
}

/** A growth as a change; nothing where it is none. */
export function changeOf(growth: SchemaGrowth, schemaVersion: number, by: ChangeCause): SchemaChange[] {
  if (growth.kind !== 'grown') return [];
  const widened = growth.widened.map(({ path }) => path);
  return [{ schemaVersion, added: named(growth.added), widened: named(widened), by }];
}

export const withChanges = (
  known: readonly SchemaChange[] = [],
  changes: readonly SchemaChange[],
): { changes?: SchemaChange[] } => {
  const all = [...known, ...changes].slice(-mostChanges);
  return all.length === 0 ? {} : { changes: all };
};

/** Who brought any of these columns in. */
export function causesOf(
  { added, widened }: Pick<Extract<SchemaGrowth, { kind: 'grown' }>, 'added' | 'widened'>,
  changes: readonly SchemaChange[] = [],
): ChangeCause[] {
  const paths = new Set([...added, ...widened.map(({ path }) => path)]);
  return changes
    .filter((change) => [...change.added, ...change.widened].some((path) => paths.has(path)))
    .map(({ by }) => by);
}
