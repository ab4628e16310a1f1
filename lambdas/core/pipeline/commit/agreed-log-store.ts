import type { LogStore } from '#delta/log-store.ts';
import type { Ledger, LogStoreInForce, TableRecord } from '../ledger/ledger.ts';
import { LogStoreSwitchedError } from './commit-errors.ts';

export interface AgreedLogStoreParts {
  logStore: LogStore;
  family: LogStoreInForce['family'];
  environment: string;
  tableName: string;
  ledger: Pick<Ledger, 'tableNamed' | 'tableById'>;
}

/** Others may win the race for the table's record this often before something is wrong. */
const maxRaces = 50;

/**
 * A log store whose commits are refused where the ledger says that the table's writers agree in another way. It is asked at
 * each commit, after the state that the commit was planned from was read: `switchLogStore` rests on that order.
 *
 * @throws {LogStoreSwitchedError} from `commit`.
 */
export function agreedLogStore(parts: AgreedLogStoreParts): LogStore {
  const { logStore, family, environment, tableName, ledger } = parts;
  const readAgreed = agreedReader(tableName, ledger);

  return {
    ...logStore,

    async commit(version, actions, txnId) {
      const agreed = await readAgreed();
      refuseWhileSwitched(agreed, { environment, tableName });
      if (agreed !== undefined && agreed.family !== family) {
        throw new LogStoreSwitchedError(
          `table ${tableName}: expected the settings to name the log store in force, ${agreed.family}, got ${family}; to switch, run: ${switchCommand({ environment, tableName }, family)}`,
        );
      }
      return logStore.commit(version, actions, txnId);
    },

    async isStray(version) {
      const agreed = await readAgreed();
      return version > (agreed?.sinceVersion ?? -1) && logStore.isStray(version);
    },
  };
}

export interface LogStoreInForceParts extends Pick<AgreedLogStoreParts, 'environment' | 'tableName' | 'ledger'> {
  storeOf: (family: LogStoreInForce['family']) => LogStore;
  /** Of a table that nobody has committed to yet. */
  ifNone: LogStoreInForce['family'];
}

/**
 * The log store of a table that the settings name no more: the one in force, by which its other writers may go on.
 *
 * @throws {LogStoreSwitchedError} from `commit`.
 */
export function logStoreInForce(parts: LogStoreInForceParts): LogStore {
  const { storeOf, ifNone, tableName, ledger } = parts;
  const readAgreed = agreedReader(tableName, ledger);
  const inForce = async (): Promise<LogStore> => storeOf((await readAgreed())?.family ?? ifNone);

  return {
    async commit(version, actions, txnId) {
      const agreed = await readAgreed();
      refuseWhileSwitched(agreed, parts);
      return storeOf(agreed?.family ?? ifNone).commit(version, actions, txnId);
    },
    finish: async () => (await inForce()).finish(),
    isFinished: async (version) => (await inForce()).isFinished(version),
    async isStray(version) {
      const { family, sinceVersion } = (await readAgreed()) ?? { family: ifNone, sinceVersion: -1 };
      return version > sinceVersion && storeOf(family).isStray(version);
    },
  };
}

function agreedReader(
  tableName: string,
  ledger: AgreedLogStoreParts['ledger'],
): () => Promise<LogStoreInForce | undefined> {
  let tableId: string | undefined;
  return async () => {
    const record = await (tableId === undefined ? ledger.tableNamed(tableName) : ledger.tableById(tableId));
    tableId = record?.tableId;
    return record?.logStore;
  };
}

type NamedTable = Pick<AgreedLogStoreParts, 'environment' | 'tableName'>;

const switchCommand = ({ environment, tableName }: NamedTable, to: string): string =>
  `alluvium log-store --env ${environment} ${tableName} ${to}`;

function refuseWhileSwitched(agreed: LogStoreInForce | undefined, table: NamedTable): void {
  if (agreed?.switchingTo === undefined) return;
  throw new LogStoreSwitchedError(
    `table ${table.tableName}: expected nobody to commit while its log store is switched to ${agreed.switchingTo}; if the switch was interrupted, run it again: ${switchCommand(table, agreed.switchingTo)}`,
  );
}

/** The table's record, which from the first commit on says how its writers agree on versions: as the settings did then. */
export async function agreeOnLogStore(
  found: TableRecord,
  family: LogStoreInForce['family'],
  ledger: Pick<Ledger, 'updateTable'>,
): Promise<TableRecord> {
  let record = found;
  for (let race = 0; record.logStore === undefined; race++) {
    if (race === maxRaces) {
      throw new Error(`table ${found.tableName}: expected to agree on its log store within ${maxRaces} rounds`);
    }
    const agreed = { ...record, logStore: { family, sinceVersion: -1 }, schemaVersion: record.schemaVersion + 1 };
    record = await ledger.updateTable(agreed, record.schemaVersion);
  }
  return record;
}
