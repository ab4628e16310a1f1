import { NotATable } from '#delta/errors.ts';
import type { Ledger, TableRecord } from '#pipeline/ledger/ledger.ts';

/** @throws {NotATable} naming the tables that the ledger knows, where it does not know this one. */
export async function knownTable(tableName: string, ledger: Ledger): Promise<TableRecord> {
  const table = await ledger.tableNamed(tableName);
  if (table !== undefined) return table;
  const names = (await Array.fromAsync(ledger.tables(), (known) => known.tableName)).sort();
  throw new NotATable(
    `${tableName}: expected a table that the ledger knows, found none; it knows ${names.join(', ') || 'no table'}`,
  );
}
