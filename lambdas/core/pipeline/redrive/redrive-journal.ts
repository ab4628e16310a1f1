import type { ObjectStore } from '#delta/object-store.ts';
import type { Ids } from '../clock.ts';
import { isComplete, joinParts, type LetterParts, type PartsByTable } from './letter-parts.ts';

/** Ids of dead letters by the name of the table that their rows went to. */
export type RedrivenLetters = Readonly<Record<string, readonly string[]>>;

/**
 * What one redrive took of a source partition's dead letters, as an object that never changes. It lies beside the dead letters and is
 * put before its transaction; it counts once a cursor, or a version of a table's log, names it.
 */
interface JournalEntry {
  /** Of this redrive alone. */
  letters: RedrivenLetters;
  /** Which records of theirs, where those of one letter went to several tables. */
  parts?: PartsByTable | undefined;
  /** By id, letters of which tables have some records and not others: the ledger that knew more was lost. */
  partly?: Readonly<Record<string, LetterParts>> | undefined;
  /** Of redrives before it, so that few objects tell all of them. */
  earlier: readonly string[];
  /** The entry that tells the rest. */
  previous?: string | undefined;
}

/** Hidden from readers of the table, and from its vacuum; a source partition's is `_redrive/<source>/<partition>/`. */
const hidden = '_';
/** Entries are merged up to this size: a source partition's letters are read back in few objects, each of some megabytes at most. */
const mostMerged = 50_000;

const utf8 = new TextEncoder();
const text = new TextDecoder();

interface Link {
  path: string;
  ids: ReadonlySet<string>;
  partly: ReadonlyMap<string, LetterParts>;
}

/** What one redrive takes of a source partition's letters. */
export interface Taken {
  letters: RedrivenLetters;
  parts?: PartsByTable;
}

/** Everything that was redriven of one source partition, up to the entry that its cursor names. */
export class RedriveJournal {
  /** The newest first. */
  readonly #links: readonly Link[];

  private constructor(links: readonly Link[]) {
    this.#links = links;
  }

  /**
   * @param known as it was read before: entries that it has are not read again.
   * @throws {Error} where an entry is gone: what was redriven is not known then, and nothing may be.
   */
  static async load(head: string | undefined, store: ObjectStore, known?: RedriveJournal): Promise<RedriveJournal> {
    const links: Link[] = [];
    for (let path = head; path !== undefined; ) {
      const same = known === undefined ? [] : known.#linksFrom(path);
      if (same.length > 0) {
        links.push(...same);
        break;
      }
      const { letters, earlier, previous, partly = {} } = await entryAt(path, store);
      const ids = new Set([...Object.values(letters).flat(), ...earlier]);
      links.push({ path, ids, partly: new Map(Object.entries(partly)) });
      path = previous;
    }
    return new RedriveJournal(links);
  }

  #linksFrom(path: string): readonly Link[] {
    const index = this.#links.findIndex((link) => link.path === path);
    return index < 0 ? [] : this.#links.slice(index);
  }

  has(id: string): boolean {
    if (this.#links.some(({ ids }) => ids.has(id))) return true;
    const parts = this.partsOf(id);
    return parts !== undefined && isComplete(parts);
  }

  /** Of a letter that it does not have as a whole, what tables have of it. */
  partsOf(id: string): LetterParts | undefined {
    return this.#links
      .map(({ partly }) => partly.get(id))
      .filter((parts) => parts !== undefined)
      .reduce<LetterParts | undefined>(joinParts, undefined);
  }

  /** Whether an entry is among those that were read: a redrive whose answer was lost was accepted. */
  includes(path: string): boolean {
    return this.#links.some((link) => link.path === path);
  }

  /** Puts an entry for what a redrive is about to take, and answers its path. Elder entries that are no larger become part of it. */
  async put(line: string, { letters, parts }: Taken, { store, ids }: JournalPorts): Promise<string> {
    const earlier: string[] = [];
    const partly: Record<string, LetterParts> = {};
    let size = Object.values(letters).reduce((sum, own) => sum + own.length, 0);
    let merged = 0;
    for (const link of this.#links) {
      if (link.ids.size > size || size + link.ids.size > mostMerged) break;
      for (const id of link.ids) earlier.push(id);
      for (const [id, some] of link.partly) partly[id] = joinParts(partly[id], some);
      size += link.ids.size;
      merged++;
    }
    const entry: JournalEntry = {
      ...{ letters, earlier, previous: this.#links[merged]?.path },
      ...(parts === undefined ? {} : { parts }),
      ...(Object.keys(partly).length === 0 ? {} : { partly }),
    };
    const path = `${hidden}${line}/${ids()}.json`;
    await store.put(path, utf8.encode(JSON.stringify(entry)));
    return path;
  }

  /** Puts an entry that brings in what tables turned out to have: for a ledger that was restored. */
  async putEarlier(line: string, { whole, partly }: FoundLetters, { store, ids }: JournalPorts): Promise<string> {
    const entry: JournalEntry = {
      ...{ letters: {}, earlier: [...whole], previous: this.#links[0]?.path },
      ...(partly.size === 0 ? {} : { partly: Object.fromEntries(partly) }),
    };
    const path = `${hidden}${line}/${ids()}.json`;
    await store.put(path, utf8.encode(JSON.stringify(entry)));
    return path;
  }
}

export interface JournalPorts {
  store: ObjectStore;
  ids: Ids;
}

/** Letters that tables have rows of, as their logs tell. */
export interface FoundLetters {
  whole: ReadonlySet<string>;
  /** By id, those of which other tables should have rows and have none. */
  partly: ReadonlyMap<string, LetterParts>;
}

/** What tables have of one redrive, by the entry that their logs name. */
export async function foundIn(
  path: string,
  tableNames: ReadonlySet<string>,
  store: ObjectStore,
): Promise<FoundLetters> {
  const { letters, parts = {} } = await entryAt(path, store);
  const missing = Object.keys(letters).filter((tableName) => !tableNames.has(tableName));
  const lost = new Set(missing.flatMap((tableName) => Object.keys(parts[tableName] ?? {})));
  const whole = new Set<string>();
  const partly = new Map<string, LetterParts>();
  for (const tableName of tableNames) {
    for (const id of letters[tableName] ?? []) {
      const some = parts[tableName]?.[id];
      if (some === undefined || !lost.has(id)) whole.add(id);
      else partly.set(id, joinParts(partly.get(id), some));
    }
  }
  return { whole, partly };
}

async function entryAt(path: string, store: ObjectStore): Promise<JournalEntry> {
  const object = await store.read(path);
  if (object === undefined) {
    throw new Error(`expected ${path}, which tells what was redriven, found none: without it rows would double`);
  }
  return JSON.parse(text.decode(object.bytes)) as JournalEntry;
}
