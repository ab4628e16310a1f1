import type { Action, AddFile } from '#delta/actions.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { type RepairPorts, type RepairRequest, repairTable } from '#pipeline/repair/repair-table.ts';
import { addFile, tableCreation } from './actions.ts';
import { CommitWorld } from './commit.ts';

/** A table whose log holds `files`; of their objects those that `there` picks are in the store. */
export async function repairWorld(
  files: AddFile[],
  {
    there = (_: string): boolean => true,
    settings = {} as Record<string, unknown>,
    create = tableCreation() as Action[],
  } = {},
) {
  const world = new CommitWorld({ logStore: 'conditional', repair: { maxMissingRatio: 1 }, ...settings });
  await world.createTable();
  await world.write(0, create);
  await world.write(
    1,
    files.map((add) => ({ add })),
  );
  for (const { path } of files) {
    const decoded = decodeURIComponent(path);
    if (there(decoded) && !decoded.includes('://')) await world.objects.put(decoded, new Uint8Array([1]));
  }
  const repair = (request: Partial<RepairRequest> = {}, ports: Partial<RepairPorts> = {}) =>
    repairTable(
      { tableId: 't1', tableName: 'clicks', dryRun: false, ...request },
      { ...world.ports, locate: () => undefined, ...ports },
    );
  const live = async () => {
    const snapshot = await loadSnapshot(world.objects, world.ports.codec);
    return [...snapshot!.files.keys()].sort();
  };
  const versions = () =>
    [...world.objects.objects.keys()].filter((path) => /^_delta_log\/\d+\.json$/.test(path)).length;
  return { world, repair, live, versions };
}

/** Files `part-000.parquet` and on. */
export const manyFiles = (count: number, rest: Partial<AddFile> = {}) =>
  Array.from({ length: count }, (_, number) => addFile(`part-${String(number).padStart(3, '0')}.parquet`, rest));

/** The store as `world` has it, with some of it answered otherwise. */
export const storeWith = (world: CommitWorld, other: Partial<ObjectStore>): Partial<RepairPorts> => {
  const { logStore } = world.ports.logOf('clicks');
  return { logOf: () => ({ objects: { ...world.objects, ...other }, logStore }) };
};
