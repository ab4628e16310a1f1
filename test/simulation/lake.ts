import { parseActions, serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { decodePath } from '#delta/file-path.ts';
import { openTableFiles } from '#delta/live-files.ts';
import { commitPath, logFolder } from '#delta/log-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { RewrittenFile } from '#pipeline/optimize/rewrite-files.ts';
import { memoryCommitEntries } from '../support/memory-commit-entries.ts';
import { memoryObjectStore } from '../support/memory-object-store.ts';
import { codec } from './codec.ts';

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

/** Writes the rows of files one after another, as one file. */
export async function joinRows(paths: readonly string[], path: string, store: ObjectStore): Promise<RewrittenFile> {
  const rows: RowName[] = [];
  for (const source of paths) {
    const object = await store.read(source);
    if (object === undefined) throw new Error(`expected the data file ${source}, found none`);
    rows.push(...rowsOf(object.bytes));
  }
  const bytes = fileOf(rows);
  await store.put(path, bytes);
  return { path, sizeBytes: bytes.length, rows: rows.length, stats: `{"numRecords":${rows.length}}` };
}

interface TableHistory {
  store: ReturnType<typeof memoryObjectStore>;
  /** Every version that was ever written, whatever has been cleaned since. */
  versions: Action[][];
  /** When a version took the file away, by path. */
  removedMs: Map<string, number>;
}

/** Files that a version has, by decoded path. */
function liveAt(versions: readonly Action[][], table: string): Set<string> {
  const live = new Set<string>();
  for (const action of versions.flat()) {
    if ('add' in action) {
      const path = decodePath(action.add.path);
      // delta-rs up to 1.6.0 may write one of its adds into two versions.
      if (live.has(path) && !path.startsWith('outside-'))
        throw new Broken(`${table}: the data file ${path} was added twice`);
      live.add(path);
    }
    if ('remove' in action) live.delete(decodePath(action.remove.path));
  }
  return live;
}

/** How long files that were removed are promised to readers of older versions. */
const retentionMs = 86_400_000;

/**
 * Tables on an object store that breaks the run when a version's bytes change, a version comes before its elder, or a file is
 * deleted that a version or a manifest needs. What is told of their rows is told by every commit that was ever written.
 */
export class Lake {
  readonly #tables = new Map<string, TableHistory>();
  readonly entries = memoryCommitEntries();
  readonly #now: () => number;
  /** Decoded paths of a table that manifests name. */
  staged: (table: string) => ReadonlySet<string> = () => new Set();
  /** Set once the world is broken: an error thrown inside a port would look like an outage to its caller. */
  broken: Broken | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  #table(table: string): TableHistory {
    let history = this.#tables.get(table);
    if (history === undefined) {
      history = { store: memoryObjectStore(this.#now), versions: [], removedMs: new Map() };
      this.#tables.set(table, history);
    }
    return history;
  }

  get tableNames(): string[] {
    return [...this.#tables.keys()];
  }

  store(table: string): ObjectStore {
    const { store } = this.#table(table);
    const watchDelete = (path: string) => this.#watchDelete(table, path);
    return {
      ...store,
      put: async (path, bytes) => {
        this.#watchPut(table, path, bytes);
        await store.put(path, bytes);
      },
      putIfAbsent: async (path, bytes) => {
        if (!store.objects.has(path)) this.#watchPut(table, path, bytes);
        return store.putIfAbsent(path, bytes);
      },
      delete: async (path) => {
        watchDelete(path);
        await store.delete(path);
      },
      deleteAll: async (paths) => {
        for (const path of paths) watchDelete(path);
        await store.deleteAll(paths);
      },
    };
  }

  #watchPut(table: string, path: string, bytes: Uint8Array): void {
    const name = /^_delta_log\/(\d{20})\.json$/.exec(path)?.[1];
    if (name === undefined) return;
    const version = Number(name);
    const { versions, removedMs } = this.#table(table);
    const actions = parseActions(bytes, path);
    const present = versions[version];
    if (present !== undefined) {
      if (!Buffer.from(serializeActions(present)).equals(Buffer.from(serializeActions(actions))))
        this.broken ??= new Broken(`version ${version} of ${table} was replaced`);
      return;
    }
    if (version !== versions.length) {
      this.broken ??= new Broken(`version ${version} of ${table} was written before its elder`);
      return;
    }
    versions.push(actions);
    for (const action of actions) {
      if ('remove' in action) {
        removedMs.set(decodePath(action.remove.path), action.remove.deletionTimestamp ?? this.#now());
      }
      if ('add' in action) removedMs.delete(decodePath(action.add.path));
    }
  }

  #watchDelete(table: string, path: string): void {
    const { store, versions, removedMs } = this.#table(table);
    if (path.startsWith(logFolder) || !store.objects.has(path)) return;
    const removed = removedMs.get(path);
    const needed = liveAt(versions, table).has(path)
      ? 'the table has'
      : this.staged(table).has(path)
        ? 'a manifest names'
        : removed !== undefined && this.#now() - removed < retentionMs
          ? 'a retained version has'
          : undefined;
    if (needed !== undefined)
      this.broken ??= new Broken(`${table}: the data file ${path}, which ${needed}, was deleted`);
  }

  /** S3 deletes a live file by its age, whoever needs it. Answers its rows; nothing where there is none. */
  expireFile(table: string, pick: (paths: readonly string[]) => string): RowName[] {
    const { store, versions } = this.#table(table);
    const live = [...liveAt(versions, table)].filter((path) => store.objects.has(path)).sort();
    if (live.length === 0) return [];
    const path = pick(live);
    const rows = rowsOf(store.objects.get(path)!.bytes);
    store.objects.delete(path);
    return rows;
  }

  /** Somebody deletes the table: its log and the files that the log names. What is staged beside it stays. */
  dropTable(table: string): void {
    const history = this.#table(table);
    const { objects } = history.store;
    for (const action of history.versions.flat()) if ('add' in action) objects.delete(decodePath(action.add.path));
    for (const path of [...objects.keys()]) if (path.startsWith(logFolder)) objects.delete(path);
    for (const [key, entry] of this.entries.items) {
      if (entry.tablePath.endsWith(`/${table}`)) this.entries.items.delete(key);
    }
    history.versions = [];
    history.removedMs.clear();
  }

  /** Every action that was ever committed, version by version. */
  log(table: string): readonly Action[][] {
    return this.#table(table).versions;
  }

  /** Rows of the table as a reader sees them; a file that the log names must be there. */
  rows(table: string): RowName[] {
    const { store, versions } = this.#table(table);
    return [...liveAt(versions, table)].flatMap((path) => {
      const object = store.objects.get(path);
      if (object === undefined) throw new Broken(`${table}: expected the data file ${path}, which the log names`);
      return rowsOf(object.bytes);
    });
  }

  /** Every version that is left of the log must read as what was committed; the latest must be left. */
  async judgeLog(table: string): Promise<void> {
    const { store, versions } = this.#table(table);
    const present = [...store.objects.keys()].filter((path) => path.startsWith(logFolder));
    const checkpoints = present.flatMap((path) => {
      const version = /^_delta_log\/(\d{20})\.checkpoint\.parquet$/.exec(path)?.[1];
      return version === undefined ? [] : [Number(version)];
    });
    const first = store.objects.has(commitPath(0)) ? 0 : Math.min(...checkpoints);
    for (let version = first; version < versions.length; version++) {
      const found = await openTableFiles(store, codec, version).catch((cause: Error) => {
        throw new Broken(`${table}: version ${version} cannot be read: ${cause.message}`);
      });
      const files = await Array.fromAsync(found?.files() ?? [], ({ path }) => decodePath(path));
      const wanted = [...liveAt(versions.slice(0, version + 1), table)];
      if (found === undefined || files.sort().join() !== wanted.sort().join())
        throw new Broken(`${table}: version ${version} should have ${wanted.join()}, the log says ${files.join()}`);
    }
    if (versions.length > 0 && first >= versions.length)
      throw new Broken(`${table}: nothing is left to read its ${versions.length} versions by`);
  }
}
