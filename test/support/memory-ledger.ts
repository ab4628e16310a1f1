import { type Bundle, type BundleStore, withBundles } from '#pipeline/ledger/bundles.ts';
import type { Backlog, Cursor, CursorMove, Ledger, TableRecord, Transaction } from '#pipeline/ledger/ledger.ts';
import type { Manifest } from '#pipeline/ledger/manifest.ts';
import { manifestKeyOf } from '#pipeline/ledger/manifest-key.ts';
import type { RepairTally } from '#pipeline/repair/repair-tally.ts';

interface Lease {
  owner: string;
  expiresAtS: number;
}

/** What the ledger holds, as plain data: a backup of it is a structured clone. */
export interface LedgerItems {
  ledgerId: string;
  cursors: Map<string, Cursor>;
  loneAttempts: Map<string, { position: string; attempts: number }>;
  manifests: Map<string, Manifest>;
  tables: Map<string, TableRecord>;
  backlogs: Map<string, Backlog>;
  repairTallies: Map<string, RepairTally>;
  leases: Map<string, Lease>;
  /** Tables made, by counter. */
  made: Map<string, number>;
  bundles: Map<string, Bundle>;
}

export interface MemoryLedger extends Ledger {
  items: LedgerItems;
  /** The same, without what makes bundles of large transactions. */
  store: BundleStore;
}

const maxItems = 100;
const maxBytes = 4_000_000;
const maxManifestBytes = 300_000;

/** A copy of plain data: what `structuredClone` makes of it, faster. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) copy[name] = copyOf(member);
  return copy as T;
}

const emptyItems = (ledgerId: string): LedgerItems => ({
  ledgerId,
  cursors: new Map(),
  loneAttempts: new Map(),
  manifests: new Map(),
  tables: new Map(),
  backlogs: new Map(),
  repairTallies: new Map(),
  leases: new Map(),
  made: new Map(),
  bundles: new Map(),
});

const emptyCursor = (sourcePartition: string): Cursor => ({
  sourcePartition,
  revision: 0,
  ordinals: {},
  floors: {},
  greatestTimestampMs: 0,
  batchEnds: [],
  attempts: 0,
});

const keyText = (manifest: Manifest): string => {
  const { pk, sk } = manifestKeyOf(manifest);
  return `${pk}\n${sk}`;
};

function assertWithinLimits({ moves, manifests, removed = [], replaced = [] }: Transaction): void {
  const items = moves.length + manifests.length + removed.length + replaced.length;
  if (items > maxItems) throw new RangeError(`expected a transaction of at most ${maxItems} items, got ${items}`);
  const keys = [
    ...moves.map(({ sourcePartition }) => sourcePartition),
    ...manifests.map(keyText),
    ...removed.map(keyText),
    ...replaced.map(keyText),
  ];
  if (new Set(keys).size < keys.length) {
    throw new RangeError(`expected each item of a transaction once, got ${keys.join(', ')}`);
  }
  const sizes = [...manifests, ...replaced].map((manifest) => JSON.stringify(manifest).length);
  const largest = Math.max(0, ...sizes);
  if (largest > maxManifestBytes) {
    throw new RangeError(`expected manifests of at most ${maxManifestBytes} bytes, got ${largest}`);
  }
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes > maxBytes) throw new RangeError(`expected a transaction of at most ${maxBytes} bytes, got ${bytes}`);
}

/**
 * The ledger in memory, with all guarantees of the port and DynamoDB's limits. Nothing that goes in or comes out is shared. A
 * restored ledger is `memoryLedger(id, structuredClone(backup))`: another physical table, so that it has another id.
 */
export function memoryLedger(ledgerId = 'ledger-1', backup: LedgerItems = emptyItems(ledgerId)): MemoryLedger {
  const { items, store } = memoryStore(ledgerId, backup);
  let lastBundle = 0;
  return { ...withBundles(store, () => `bundle-${++lastBundle}`), items, store };
}

function memoryStore(ledgerId: string, backup: LedgerItems): { items: LedgerItems; store: BundleStore } {
  const items: LedgerItems = { ...structuredClone(backup), ledgerId };
  const { cursors, loneAttempts, manifests, tables, backlogs, repairTallies, leases, made, bundles } = items;

  function canStage({ moves, manifests: staged, removed = [], replaced = [] }: Transaction): boolean {
    return (
      moves.every(({ sourcePartition, expectedRevision }) => {
        return (cursors.get(sourcePartition)?.revision ?? 0) === expectedRevision;
      }) &&
      staged.every((manifest) => !manifests.has(keyText(manifest))) &&
      [...removed, ...replaced].every((manifest) => manifests.has(keyText(manifest)))
    );
  }

  function move({ sourcePartition, expectedRevision, next }: CursorMove): void {
    cursors.set(sourcePartition, { ...copyOf(next), sourcePartition, revision: expectedRevision + 1, attempts: 0 });
    loneAttempts.delete(sourcePartition);
  }

  const store: BundleStore = {
    async stageBundle(moves, bundle) {
      assertWithinLimits({ moves: [...moves], manifests: [] });
      if (!canStage({ moves: [...moves], manifests: [] })) return 'refused';
      for (const each of moves) move(each);
      bundles.set(bundle.id, copyOf(bundle));
      return 'staged';
    },
    async bundleOf(bundleId) {
      return copyOf(bundles.get(bundleId));
    },
    async bundles() {
      return [...bundles.values()].map(copyOf);
    },
    async placeNext({ id, placed }, count) {
      const bundle = bundles.get(id);
      if (bundle?.placed !== placed) return 'refused';
      const next = bundle.manifests.slice(placed, placed + count);
      assertWithinLimits({ moves: [], manifests: next });
      if (next.some((manifest) => manifests.has(keyText(manifest)))) return 'refused';
      for (const manifest of next) manifests.set(keyText(manifest), copyOf(manifest));
      if (placed + count === bundle.manifests.length) bundles.delete(id);
      else bundles.set(id, { ...bundle, placed: placed + count });
      return 'placed';
    },
    async id() {
      return items.ledgerId;
    },

    async beginAttempt(sourcePartition, position) {
      const cursor = cursors.get(sourcePartition) ?? emptyCursor(sourcePartition);
      const attempts = cursor.attemptedPosition === position ? cursor.attempts + 1 : 1;
      const next = { ...cursor, attempts, attemptedPosition: position };
      cursors.set(sourcePartition, next);
      return copyOf(next);
    },
    async beginLoneAttempt(sourcePartition, position) {
      const before = loneAttempts.get(sourcePartition);
      const attempts = before?.position === position ? before.attempts + 1 : 1;
      loneAttempts.set(sourcePartition, { position, attempts });
      return attempts;
    },
    async endAttempt(sourcePartition) {
      loneAttempts.delete(sourcePartition);
      const cursor = cursors.get(sourcePartition);
      if (cursor === undefined) return;
      const { attemptedPosition: _, ...rest } = cursor;
      cursors.set(sourcePartition, { ...rest, attempts: 0 });
    },
    async readCursor(sourcePartition) {
      return copyOf(cursors.get(sourcePartition));
    },
    async *cursors() {
      for (const cursor of [...cursors.values()]) yield copyOf(cursor);
    },

    async stage(transaction) {
      assertWithinLimits(transaction);
      if (!canStage(transaction)) return 'refused';
      for (const each of transaction.moves) move(each);
      for (const manifest of transaction.removed ?? []) manifests.delete(keyText(manifest));
      for (const manifest of [...transaction.manifests, ...(transaction.replaced ?? [])])
        manifests.set(keyText(manifest), copyOf(manifest));
      return 'staged';
    },

    async tableNamed(tableName) {
      return copyOf([...tables.values()].find((table) => table.tableName === tableName));
    },
    async tableById(tableId) {
      return copyOf(tables.get(tableId));
    },
    async *tables() {
      for (const table of [...tables.values()]) yield copyOf(table);
    },
    async createTable(record) {
      const present = [...tables.values()].find((table) => table.tableName === record.tableName);
      if (present === undefined) tables.set(record.tableId, copyOf(record));
      return copyOf(present ?? record);
    },
    async createCountedTable(record, { counter, limit }) {
      const present = [...tables.values()].find((table) => table.tableName === record.tableName);
      if (present !== undefined) return copyOf(present);
      const count = made.get(counter) ?? 0;
      if (count >= limit) return 'full';
      made.set(counter, count + 1);
      tables.set(record.tableId, copyOf(record));
      return copyOf(record);
    },
    async tablesCounted(counter) {
      return made.get(counter) ?? 0;
    },
    async updateTable(record, expectedSchemaVersion) {
      if (record.schemaVersion !== expectedSchemaVersion + 1) {
        throw new RangeError(`expected schemaVersion ${expectedSchemaVersion + 1}, got ${record.schemaVersion}`);
      }
      const present = tables.get(record.tableId);
      if (present === undefined) throw new Error(`expected a record of table ${record.tableId}, found none`);
      if (present.schemaVersion === expectedSchemaVersion) tables.set(record.tableId, copyOf(record));
      return copyOf(tables.get(record.tableId) as TableRecord);
    },

    async manifestsOf(tableId) {
      const own = [...manifests].filter(([, manifest]) => manifest.tableId === tableId);
      return copyOf(own.sort(([left], [right]) => (left < right ? -1 : 1)).map(([, manifest]) => manifest));
    },
    async deleteManifests(settled) {
      for (const manifest of settled) manifests.delete(keyText(manifest));
    },

    async backlogOf(tableId) {
      return copyOf(backlogs.get(tableId));
    },
    async publishBacklog(tableId, backlog) {
      backlogs.set(tableId, copyOf(backlog));
    },

    async repairTallyOf(tableId) {
      return copyOf(repairTallies.get(tableId));
    },
    async publishRepairTally(tableId, tally) {
      if ((repairTallies.get(tableId)?.revision ?? 0) !== tally.revision - 1) return 'refused';
      repairTallies.set(tableId, copyOf(tally));
      return 'published';
    },

    async renewLease(tableId, owner, expiresAtS) {
      const lease = leases.get(tableId);
      if (lease?.owner !== owner) return 'lost';
      leases.set(tableId, { owner, expiresAtS });
      return 'renewed';
    },
  };
  return { items, store };
}
