import { fileEncoder } from '#adapters/kernel/file-encoder.ts';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { DataType } from '#delta/schema.ts';
import { fileJoiner } from '#pipeline/coalesce/join-files.ts';
import { schemaString } from '../../support/actions.ts';
import { CommitWorld } from '../../support/commit.ts';
import { manifest, manifestRange, stagedFile } from '../../support/manifests.ts';
import { field } from '../../support/schemas.ts';
import type { ExpectedRow, MaintainedTable } from './maintained-table.ts';

type Columns = [name: string, type: DataType][];

const older: Columns = [
  ['id', 'long'],
  ['name', 'string'],
];
const grown: Columns = [...older, ['city', 'string']];

/** Ids in each of three files; the last has a column more. */
async function commitCoalesced(
  store: ObjectStore,
  rowsPerFile: number,
  coalesce: Record<string, unknown>,
): Promise<ExpectedRow[]> {
  const world = new CommitWorld({
    logStore: 'conditional',
    bloomFilters: ['name'],
    coalesce: { minFiles: 2, ...coalesce },
  });
  await world.createTable({ schemaString: schemaString(...grown) });
  const kernel = loadKernel();
  const expected: ExpectedRow[] = [];
  for (const file of [1, 2, 3]) {
    const columns = new RowColumns((file === 3 ? grown : older).map(([name, type]) => field(name, type)));
    for (let row = 0; row < rowsPerFile; row++) {
      const id = (file - 1) * rowsPerFile + row;
      const values: ColumnValue[] = [BigInt(id), id % 7 === 0 ? null : `name ${id}`];
      columns.append(file === 3 ? [...values, `city ${id % 5}`] : values);
      const name = id % 7 === 0 ? {} : { name: `name ${id}` };
      expected.push({ id, ...name, ...(file === 3 ? { city: `city ${id % 5}` } : {}) });
    }
    const { bytes } = await encodeParquet(columns, 'zstd', kernel, { bloomFilters: ['name'] });
    const path = `part-${file}.parquet`;
    await store.put(path, bytes);
    const staged = stagedFile(path, { sizeBytes: bytes.length, rows: columns.rows, stats: statisticsOf(columns) });
    await world.stage(manifest([manifestRange(file, { rows: columns.rows })], { files: [staged] }));
  }
  const log = { objects: store, logStore: conditionalLogStore(store) };
  await world.commit({ logOf: () => log, join: fileJoiner(fileEncoder()) });
  const paths = await Array.fromAsync(store.list(''), ({ path }) => path);
  const files = paths.filter((path) => path.endsWith('.parquet'));
  if (files.length !== 1) throw new Error(`expected one data file, found ${files.join()}`);
  return expected;
}

const found = { id: 6543, name: 'name 6543', city: 'city 3' };

/** What commits make of small files: readers go by its page indexes and Bloom filters too. */
export const coalescedTables: readonly MaintainedTable[] = [
  {
    name: 'coalesced_by_copy',
    where: { sql: "id = 6543 AND name = 'name 6543'", rows: [found], files: 1 },
    prepare: (store) => commitCoalesced(store, 3_000, { minRowGroupBytes: 1 }),
  },
  {
    name: 'coalesced_anew',
    where: { sql: "name = 'name 17'", rows: [{ id: 17, name: 'name 17' }], files: 1 },
    prepare: (store) => commitCoalesced(store, 20, { minRowGroupBytes: '64KiB' }),
  },
];
