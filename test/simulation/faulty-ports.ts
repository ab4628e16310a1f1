import type { CommitEntryStore } from '#delta/commit-entry-store.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { type BundleStore, withBundles } from '#pipeline/ledger/bundles.ts';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import type { Manifest } from '#pipeline/ledger/manifest.ts';
import type { MemoryLedger } from '../support/memory-ledger.ts';
import type { Scheduler, SimulatedProcess } from './scheduler.ts';

/** So few that batches for more than two tables are bundled. */
const bundleLimits = { items: 3, placedAtOnce: 1, ofOneTable: 20 };

/** What a process of the simulation reaches the world through: the same ports, each call a request of the scheduler. */
export class FaultyPorts {
  readonly #scheduler: Scheduler;
  readonly #process: SimulatedProcess;
  #bundles = 0;

  constructor(scheduler: Scheduler, process: SimulatedProcess) {
    this.#scheduler = scheduler;
    this.#process = process;
  }

  #read<T>(label: string, effect: () => Promise<T>): Promise<T> {
    return this.#scheduler.request(this.#process, { label, effect, readOnly: true });
  }

  #write<T>(label: string, effect: () => Promise<T>, noAnswer?: () => T): Promise<T> {
    return this.#scheduler.request(this.#process, {
      label,
      effect,
      ...(noAnswer === undefined ? {} : { noAnswer }),
    });
  }

  objectStore(name: string, store: ObjectStore): ObjectStore {
    return {
      read: (path) => this.#read(`reads ${name}/${path}`, () => store.read(path)),
      readRange: (path, start, end) => this.#read(`reads ${name}/${path}`, () => store.readRange(path, start, end)),
      head: (path) => this.#read(`heads ${name}/${path}`, () => store.head(path)),
      putIfAbsent: (path, bytes) =>
        this.#write(
          `puts ${name}/${path} if absent`,
          () => store.putIfAbsent(path, bytes),
          () => 'unknown' as const,
        ),
      put: (path, bytes) => this.#write(`puts ${name}/${path}`, () => store.put(path, bytes)),
      openUpload: async (path) => {
        const upload = await store.openUpload(path);
        return {
          ...upload,
          complete: () => this.#write(`puts ${name}/${path}`, () => upload.complete()),
          completeIfAbsent: () =>
            this.#write(
              `puts ${name}/${path} if absent`,
              () => upload.completeIfAbsent(),
              () => 'unknown' as const,
            ),
        };
      },
      delete: (path) => this.#write(`deletes ${name}/${path}`, () => store.delete(path)),
      deleteAll: async (paths) => {
        for (const path of paths) await this.#write(`deletes ${name}/${path}`, () => store.delete(path));
      },
      list: (prefix, startAfter) =>
        this.#listed(() => Array.fromAsync(store.list(prefix, startAfter)), `lists ${name}/${prefix}`),
    };
  }

  async *#listed<T>(all: () => Promise<T[]>, label: string): AsyncGenerator<T> {
    yield* await this.#read(label, all);
  }

  commitEntries(entries: CommitEntryStore): CommitEntryStore {
    return {
      get: (tablePath, fileName) => this.#read(`gets item ${fileName}`, () => entries.get(tablePath, fileName)),
      newest: (tablePath) => this.#read('gets the newest item', () => entries.newest(tablePath)),
      putIfAbsent: (entry) =>
        this.#write(
          `puts item ${entry.fileName} if absent`,
          () => entries.putIfAbsent(entry),
          () => 'unknown' as const,
        ),
      replaceIncomplete: (entry, expected) =>
        this.#write(
          `replaces item ${entry.fileName}`,
          () => entries.replaceIncomplete(entry, expected),
          () => 'unknown' as const,
        ),
      markComplete: (entry, expireTimeS) =>
        this.#write(`completes item ${entry.fileName}`, () => entries.markComplete(entry, expireTimeS)),
    };
  }

  ledger({ store }: MemoryLedger): Ledger {
    return withBundles(this.#ledgerStore(store), () => `${this.#process.name}-${++this.#bundles}`, bundleLimits);
  }

  #ledgerStore(ledger: BundleStore): BundleStore {
    return {
      stageBundle: (moves, bundle) =>
        this.#write(
          `stages bundle ${bundle.id} of ${bundle.manifests.map((manifest) => describeManifest(manifest)).join(', ')}; ${moves.map(({ sourcePartition, next }) => `${sourcePartition} to ${next.position}`).join(', ')}`,
          () => ledger.stageBundle(moves, bundle),
          () => 'unknown' as const,
        ),
      bundleOf: (bundleId) => this.#read(`reads bundle ${bundleId}`, () => ledger.bundleOf(bundleId)),
      /** Nearly always there are none: to read so is no step of the story. */
      bundles: async () =>
        (await ledger.bundles()).length === 0 ? [] : this.#read('reads bundles', () => ledger.bundles()),
      placeNext: (bundle, count) =>
        this.#write(
          `places ${count} manifests of bundle ${bundle.id} from ${bundle.placed}`,
          () => ledger.placeNext(bundle, count),
          () => 'unknown' as const,
        ),
      id: () => this.#read('reads the id of the ledger', () => ledger.id()),
      beginAttempt: (sourcePartition, position) =>
        this.#write(`begins an attempt of ${sourcePartition} at ${position}`, () =>
          ledger.beginAttempt(sourcePartition, position),
        ),
      beginLoneAttempt: (sourcePartition, position) =>
        this.#write(`begins an attempt of ${sourcePartition} at ${position} alone`, () =>
          ledger.beginLoneAttempt(sourcePartition, position),
        ),
      endAttempt: (sourcePartition) =>
        this.#write(`ends the attempt of ${sourcePartition}`, () => ledger.endAttempt(sourcePartition)),
      readCursor: (sourcePartition) =>
        this.#read(`reads the cursor of ${sourcePartition}`, () => ledger.readCursor(sourcePartition)),
      cursors: () => this.#listed(() => Array.fromAsync(ledger.cursors()), 'reads all cursors'),
      stage: (transaction) =>
        this.#write(
          `stages ${[...transaction.manifests, ...(transaction.replaced ?? [])].map((manifest) => describeManifest(manifest)).join(', ') || 'nothing'}; ${transaction.moves.map(({ sourcePartition, next }) => `${sourcePartition} to ${next.position}`).join(', ')}`,
          () => ledger.stage(transaction),
          () => 'unknown' as const,
        ),
      tableNamed: (tableName) => this.#read(`reads the record of ${tableName}`, () => ledger.tableNamed(tableName)),
      tableById: (tableId) => this.#read(`reads the record of ${tableId}`, () => ledger.tableById(tableId)),
      tables: () => this.#listed(() => Array.fromAsync(ledger.tables()), 'reads all table records'),
      createTable: (record) =>
        this.#write(`creates the record of ${record.tableName}`, () => ledger.createTable(record)),
      createCountedTable: (record, cap) =>
        this.#write(`creates the record of ${record.tableName} and counts it`, () =>
          ledger.createCountedTable(record, cap),
        ),
      tablesCounted: (counter) =>
        this.#read(`reads how many tables ${counter} made`, () => ledger.tablesCounted(counter)),
      updateTable: (record, expected) =>
        this.#write(`agrees on schema ${record.schemaVersion} of ${record.tableName}`, () =>
          ledger.updateTable(record, expected),
        ),
      manifestsOf: (tableId) => this.#manifestsInPages(ledger, tableId),
      deleteManifests: (manifests) =>
        this.#write(`settles ${manifests.map((manifest) => describeManifest(manifest)).join(', ')}`, () =>
          ledger.deleteManifests(manifests),
        ),
      backlogOf: (tableId) => this.#read(`reads the backlog of ${tableId}`, () => ledger.backlogOf(tableId)),
      publishBacklog: (tableId, backlog) =>
        this.#write(`publishes the backlog of ${tableId}`, () => ledger.publishBacklog(tableId, backlog)),
      /** What a repair counts is no row: to read and write it is no step of the story. */
      repairTallyOf: (tableId) => ledger.repairTallyOf(tableId),
      publishRepairTally: (tableId, tally) => ledger.publishRepairTally(tableId, tally),
      renewLease: (tableId, owner, expiresAtS) =>
        this.#write(`renews the lease of ${tableId}`, () => ledger.renewLease(tableId, owner, expiresAtS)),
    };
  }

  /** A query has no snapshot across its pages: what is staged between them may show up, or not, without its elders. */
  async #manifestsInPages(ledger: Ledger, tableId: string): Promise<Manifest[]> {
    const isOnFirstPage = (manifest: Manifest) =>
      (describeManifest(manifest).length * 31 + manifest.files.length * 7 + manifest.ranges[0]!.ordinal) % 2 === 0;
    const first = await this.#read(`queries manifests of ${tableId}, first page`, () => ledger.manifestsOf(tableId));
    const second = await this.#read(`queries manifests of ${tableId}, second page`, () => ledger.manifestsOf(tableId));
    return [...first.filter(isOnFirstPage), ...second.filter((manifest) => !isOnFirstPage(manifest))];
  }
}

const describeManifest = ({ ranges }: Manifest): string =>
  ranges.map(({ sourcePartition, ordinal, from, to }) => `${sourcePartition}#${ordinal} (${from}–${to})`).join(' + ');
