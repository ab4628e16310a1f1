import { stayingMove } from '../divert/staying-move.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type JournalPorts, RedriveJournal, redrivenInto } from './redrive-journal.ts';

/** Journal entries that the logs of tables name: by `redrive/…` source partition and table. */
export type EntriesInLogs = Map<string, { tableName: string; entry: string }[]>;

const maxRaces = 50;

/** Tells the cursors of a restored ledger which dead letters tables have rows of, so that none is redriven into them twice. */
export async function restoreRedriven(
  entries: EntriesInLogs,
  { ledger, ...ports }: JournalPorts & { ledger: Ledger },
): Promise<void> {
  for (const [line, named] of entries) {
    const found = new Set<string>();
    for (const { tableName, entry } of named) {
      for (const id of await redrivenInto(entry, tableName, ports.store)) found.add(id);
    }
    await setRedriven(line, found, { ledger, ...ports });
  }
}

async function setRedriven(
  line: string,
  found: ReadonlySet<string>,
  { ledger, ...ports }: JournalPorts & { ledger: Ledger },
): Promise<void> {
  for (let race = 0; race < maxRaces; race++) {
    const cursor = await ledger.readCursor(line);
    const journal = await RedriveJournal.load(cursor?.redriven, ports.store);
    const unknown = [...found].filter((id) => !journal.has(id));
    if (unknown.length === 0) return;
    const redriven = await journal.putEarlier(line, unknown, ports);
    const move = stayingMove(line, cursor, { redriven });
    if ((await ledger.stage({ moves: [move], manifests: [] })) === 'staged') return;
  }
  throw new Error(`source partition ${line}: expected its cursor to be changed within ${maxRaces} rounds`);
}
