import { stayingMove } from '../divert/staying-move.ts';
import type { Cursor, Ledger, TableRecord } from '../ledger/ledger.ts';
import { isComplete, joinParts, type LetterParts } from './letter-parts.ts';
import { type FoundLetters, foundIn, type JournalPorts, RedriveJournal } from './redrive-journal.ts';

/** Journal entries that the logs of tables name: by `redrive/…` source partition and table. */
export type EntriesInLogs = Map<string, { table: TableRecord; entry: string }[]>;

const maxRaces = 50;

/** Tells the cursors of a restored ledger which dead letters tables have rows of, so that none is redriven into them twice. */
export async function restoreRedriven(
  entries: EntriesInLogs,
  { ledger, ...ports }: JournalPorts & { ledger: Ledger },
): Promise<void> {
  for (const [line, named] of entries) {
    const whole = new Set<string>();
    const partly = new Map<string, LetterParts>();
    for (const [entry, own] of Map.groupBy(named, (name) => name.entry)) {
      const found = await foundIn(entry, new Set(own.map(({ table }) => table.tableName)), ports.store);
      for (const id of found.whole) whole.add(id);
      for (const [id, some] of found.partly) partly.set(id, joinParts(partly.get(id), some));
    }
    await setRedriven(line, { whole, partly, fed: named.map(({ table }) => table) }, { ledger, ...ports });
  }
}

async function setRedriven(
  line: string,
  { whole, partly, fed }: FoundLetters & { fed: readonly TableRecord[] },
  { ledger, ...ports }: JournalPorts & { ledger: Ledger },
): Promise<void> {
  for (let race = 0; race < maxRaces; race++) {
    const cursor = await ledger.readCursor(line);
    const journal = await RedriveJournal.load(cursor?.redriven, ports.store);
    const news = {
      whole: new Set([...whole].filter((id) => !journal.has(id))),
      partly: new Map([...partly].filter(([id, some]) => !whole.has(id) && isNews(some, id, journal))),
    };
    const hasNews = news.whole.size > 0 || news.partly.size > 0;
    const ordinals = { ...fedBefore(fed), ...cursor?.ordinals };
    if (!hasNews && Object.keys(ordinals).every((tableId) => cursor?.ordinals[tableId] !== undefined)) return;
    const redriven = hasNews ? { redriven: await journal.putEarlier(line, news, ports) } : {};
    const move = stayingMove(line, cursor, { ...redriven, ordinals });
    if ((await ledger.stage({ moves: [move], manifests: [] })) === 'staged') return;
  }
  throw new Error(`source partition ${line}: expected its cursor to be changed within ${maxRaces} rounds`);
}

function isNews(some: LetterParts, id: string, journal: RedriveJournal): boolean {
  if (journal.has(id)) return false;
  const known = journal.partsOf(id);
  return isComplete(some) || some.places.some((place) => known?.places.includes(place) !== true);
}

/** Tables have rows of the line by a ledger that is lost: this one counts anew. */
const fedBefore = (tables: readonly TableRecord[]): Cursor['ordinals'] =>
  Object.fromEntries(tables.map(({ tableId, incarnation }) => [tableId, { incarnation, ledgerId: '', ordinal: 0 }]));
