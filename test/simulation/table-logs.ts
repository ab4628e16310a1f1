import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { dynamodbLogStore } from '#delta/dynamodb-log-store.ts';
import type { LogStore } from '#delta/log-store.ts';
import { agreedLogStore } from '#pipeline/commit/agreed-log-store.ts';
import type { TableLog } from '#pipeline/log/table-log.ts';
import { tableSettingsOf } from '#pipeline/table-defaults.ts';
import type { CommitSidePorts } from './missing-guards.ts';
import type { World } from './world.ts';

/** Logs of tables as a process reaches them that began with these settings. */
export function tableLogs(world: World, ports: CommitSidePorts): (table: string) => TableLog {
  const { settings, guard } = world;
  const { environment } = settings;
  return (tableName) => {
    const objects = ports.storeOf(tableName);
    const family = tableSettingsOf(settings, tableName).logStore;
    const logStore = family === 'conditional' ? conditionalLogStore(objects) : itemLogStore(world, ports, tableName);
    const isHeld = guard !== 'family-in-force';
    return {
      objects,
      logStore: isHeld ? agreedLogStore({ logStore, family, environment, tableName, ledger: ports.ledger }) : logStore,
    };
  };
}

/** The log store by items, whatever is in force. */
export function itemLogStore(world: World, { storeOf, entries }: CommitSidePorts, tableName: string): LogStore {
  const { clock, guard } = world;
  /** Without the guard a new attempt writes other bytes under the name that an item of an earlier one has. */
  const ids = guard === 'named-bytes' ? () => 'temp' : world.ids;
  return dynamodbLogStore({ store: storeOf(tableName), entries, tablePath: world.tablePath(tableName), ids, clock });
}
