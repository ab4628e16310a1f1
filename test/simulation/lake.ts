import { parseActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { decodePath } from '#delta/file-path.ts';
import { commitPath, logFolder } from '#delta/log-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { memoryCommitEntries } from '../support/memory-commit-entries.ts';
import { memoryObjectStore } from '../support/memory-object-store.ts';

/** The world is not as it must be; the message says what and where. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** A row as the simulation writes it into files: who it came from, or an outside writer's own name for it. */
export type RowName = string;

const text = new TextDecoder();
const utf8 = new TextEncoder();

export const fileOf = (rows: readonly RowName[]): Uint8Array => utf8.encode(JSON.stringify(rows));
export const rowsOf = (bytes: Uint8Array): RowName[] => JSON.parse(text.decode(bytes));

/** Tables on an object store that breaks the run when a version's bytes change, or a version comes before its elder. */
export class Lake {
  readonly #stores = new Map<string, ReturnType<typeof memoryObjectStore>>();
  readonly entries = memoryCommitEntries();
  readonly #now: () => number;
  /** Set once the world is broken: an error thrown inside a port would look like an outage to its caller. */
  broken: Broken | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  store(table: string): ObjectStore {
    let store = this.#stores.get(table);
    if (store === undefined) {
      store = memoryObjectStore(this.#now);
      this.#stores.set(table, store);
    }
    return this.#watched(table, store);
  }

  #watched(table: string, store: ReturnType<typeof memoryObjectStore>): ObjectStore {
    const watch = (path: string, bytes: Uint8Array) => {
      const version = /^_delta_log\/(\d{20})\.json$/.exec(path)?.[1];
      if (version === undefined) return;
      const present = store.objects.get(path);
      if (present !== undefined && !Buffer.from(present.bytes).equals(Buffer.from(bytes))) {
        this.broken ??= new Broken(`version ${Number(version)} of ${table} was replaced`);
      }
      if (Number(version) > 0 && !store.objects.has(commitPath(Number(version) - 1))) {
        this.broken ??= new Broken(`version ${Number(version)} of ${table} was written before its elder`);
      }
    };
    return {
      ...store,
      put: async (path, bytes) => {
        watch(path, bytes);
        await store.put(path, bytes);
      },
      putIfAbsent: async (path, bytes) => {
        if (!store.objects.has(path)) watch(path, bytes);
        return store.putIfAbsent(path, bytes);
      },
    };
  }

  /** Somebody deletes the table: its log and the files that the log names. What is staged beside it stays. */
  dropTable(table: string): void {
    const objects = this.#stores.get(table)?.objects;
    for (const action of this.log(table).flat()) if ('add' in action) objects?.delete(decodePath(action.add.path));
    for (const path of [...(objects?.keys() ?? [])]) if (path.startsWith(logFolder)) objects?.delete(path);
    for (const [key, entry] of this.entries.items) {
      if (entry.tablePath.endsWith(`/${table}`)) this.entries.items.delete(key);
    }
  }

  /** Every action of the log, version by version. */
  log(table: string): Action[][] {
    const store = this.#stores.get(table);
    const versions: Action[][] = [];
    for (let version = 0; ; version++) {
      const object = store?.objects.get(commitPath(version));
      if (object === undefined) break;
      versions.push(parseActions(object.bytes, object.path));
    }
    const highest = [...(store?.objects.keys() ?? [])].filter((path) => /^_delta_log\/\d{20}\.json$/.test(path)).length;
    if (highest !== versions.length)
      throw new Broken(`${table}: expected versions without gaps, found ${highest} files, ${versions.length} in line`);
    return versions;
  }

  /** Rows of the table as a reader sees them; a file that the log names must be there. */
  rows(table: string): RowName[] {
    const live = new Map<string, true>();
    for (const action of this.log(table).flat()) {
      if ('add' in action) {
        const path = decodePath(action.add.path);
        // delta-rs up to 1.6.0 may write one of its adds into two versions.
        if (live.has(path) && !path.startsWith('outside-'))
          throw new Broken(`${table}: the data file ${path} was added twice`);
        live.set(path, true);
      }
      if ('remove' in action) live.delete(decodePath(action.remove.path));
    }
    return [...live.keys()].flatMap((path) => {
      const object = this.#stores.get(table)!.objects.get(path);
      if (object === undefined) throw new Broken(`${table}: expected the data file ${path}, which the log names`);
      return rowsOf(object.bytes);
    });
  }
}
