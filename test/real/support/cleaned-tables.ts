import { commitPath } from '#delta/log-path.ts';
import { cleanLog } from '#pipeline/log/clean-log.ts';
import { vacuumTable } from '#pipeline/vacuum/vacuum-table.ts';
import { memoryLedger } from '../../support/memory-ledger.ts';
import type { OptimizedTable } from '../../support/optimized-table.ts';
import { append, checkpoint, type MaintainedTable, optimize, rowsOf, writing } from './maintained-table.ts';

const dayMs = 86_400_000;

/** Tables of which files and versions are deleted: what is retained is read as it was. */
export const cleanedTables: readonly MaintainedTable[] = [
  {
    name: 'vacuumed',
    earlier: { 3: rowsOf(1, 2, 3), 4: rowsOf(1, 2, 3, 4) },
    prepare: (store) =>
      writing(store, {}, async (table) => {
        const files = [await append(table, [1, 2]), await append(table, [3])];
        await optimize(table);
        await append(table, [4]);
        table.nowMs += 5 * dayMs;
        await optimize(table);
        await checkpoint(table);
        await append(table, [5]);
        await store.put('part-of-nobody.parquet', new Uint8Array(10));
        table.nowMs += 3 * dayMs;
        await expectVacuumed(
          table,
          false,
          files.map(({ path }) => path),
        );
        await expectVacuumed(table, true, ['part-of-nobody.parquet']);
        return rowsOf(1, 2, 3, 4, 5);
      }),
  },
  {
    name: 'log_cleaned',
    earlier: { 10: rowsOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 11: rowsOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) },
    prepare: (store) =>
      writing(store, {}, async (table) => {
        const ids = Array.from({ length: 12 }, (_, index) => index + 1);
        for (const id of ids) {
          await append(table, [id]);
          if (id % 5 === 0) await checkpoint(table);
        }
        table.nowMs += 32 * dayMs;
        const result = await cleanLog({ tableName: 't', dryRun: false }, table.ports);
        if (result.checkpoint?.version !== 10 || (await store.head(commitPath(0))) !== undefined) {
          throw new Error(`expected the log to be cleaned up to checkpoint 10, got ${JSON.stringify(result)}`);
        }
        return rowsOf(...ids);
      }),
  },
];

async function expectVacuumed(table: OptimizedTable, full: boolean, expected: readonly string[]): Promise<void> {
  const request = { tableId: 't1', tableName: 't', dryRun: false, full };
  const { files } = await vacuumTable(request, { ...table.ports, ledger: memoryLedger() });
  const paths = files.map(({ path }) => path);
  if (JSON.stringify(paths) !== JSON.stringify([...expected].sort())) {
    throw new Error(`expected ${expected.join(', ')} to be vacuumed, got ${paths.join(', ')}`);
  }
}
