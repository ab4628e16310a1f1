import { parseActions, serializeActions } from '#delta/action-json.ts';
import type { CommitEntryStore } from '#delta/commit-entry-store.ts';
import { logFolder } from '#delta/log-path.ts';
import type { ObjectStore, StoredObject } from '#delta/object-store.ts';
import type { IngestPorts } from '#pipeline/ingest/ingest-batch.ts';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import type { Manifest } from '#pipeline/ledger/manifest.ts';
import type { RedrivePorts } from '#pipeline/redrive/redrive-letters.ts';
import type { Guard } from './scenario.ts';
import type { World } from './world.ts';

/** Ports of ingest with one guard gone; the product has no switch for it. */
export function withoutGuardOfIngest(guard: Guard | undefined, ports: IngestPorts): IngestPorts {
  switch (guard) {
    case 'cursor-condition':
      return { ...ports, ledger: unconditionalStage(ports.ledger) };
    case 'fresh-names':
      return fileNamesByPosition(ports);
    case 'table-cap':
      return { ...ports, ledger: countingApart(ports.ledger) };
    default:
      return ports;
  }
}

export function withoutGuardOfRedrive(guard: Guard | undefined, ports: RedrivePorts): RedrivePorts {
  switch (guard) {
    case 'redrive-condition':
      return { ...ports, ledger: unconditionalStage(ports.ledger) };
    case 'redrive-journal':
      return { ...ports, journals: { ...ports.journals, read: forgetful(ports.journals) } };
    default:
      return ports;
  }
}

/** Entries of a journal that tell nothing. */
const forgetful =
  ({ read }: ObjectStore): ObjectStore['read'] =>
  async (path) => {
    const found = await read(path);
    return found && { ...found, bytes: new TextEncoder().encode('{"letters":{},"earlier":[]}') };
  };

/** Cursors move whatever they are by then, and manifests take whatever place is free. */
function unconditionalStage(ledger: Ledger): Ledger {
  return {
    ...ledger,
    async stage(transaction) {
      const moves = await Promise.all(
        transaction.moves.map(async (move) => {
          const cursor = await ledger.readCursor(move.sourcePartition);
          return {
            ...move,
            expectedRevision: cursor?.revision ?? 0,
            next: { ...move.next, ordinals: { ...cursor?.ordinals } },
          };
        }),
      );
      const manifests = transaction.manifests.map((manifest) => ({
        ...manifest,
        ranges: manifest.ranges.map((range) => {
          const move = moves.find(({ sourcePartition }) => sourcePartition === range.sourcePartition)!;
          const ordinal = (move.next.ordinals[manifest.tableId]?.ordinal ?? 0) + 1;
          move.next.ordinals[manifest.tableId] = {
            incarnation: manifest.incarnation,
            ledgerId: range.ledgerId,
            ordinal,
          };
          return { ...range, ordinal };
        }),
      }));
      return ledger.stage({ ...transaction, moves, manifests });
    },
  };
}

/** Whether one more table may be made is asked, and then it is made. */
const countingApart = (ledger: Ledger): Ledger => ({
  ...ledger,
  async createCountedTable(record, { counter, limit }) {
    if ((await ledger.tablesCounted(counter)) >= limit) return 'full';
    return ledger.createCountedTable(record, { counter, limit: Number.MAX_SAFE_INTEGER });
  },
});

/** Files are named by the first position they hold instead of freshly: two attempts may share a name. */
function fileNamesByPosition(ports: IngestPorts): IngestPorts {
  const renamed = new Map<string, string>();
  return {
    ...ports,
    storeOf: (table) => {
      const store = ports.storeOf(table);
      return {
        ...store,
        put: async (path, bytes) => {
          const [first] = JSON.parse(new TextDecoder().decode(bytes)) as string[];
          const name = path.replace(/part-[^/]*$/, `part-${first!.replaceAll('/', '-')}.parquet`);
          renamed.set(path, name);
          await store.put(name, bytes);
        },
      };
    },
    ledger: {
      ...ports.ledger,
      stage: (transaction) =>
        ports.ledger.stage({
          ...transaction,
          manifests: transaction.manifests.map((manifest) => ({
            ...manifest,
            files: manifest.files.map((file) => ({ ...file, path: renamed.get(file.path) ?? file.path })),
          })),
        }),
    },
  };
}

export interface CommitSidePorts {
  ledger: Ledger;
  storeOf: (table: string) => ObjectStore;
  entries: CommitEntryStore;
}

/** Ports of the committer with one guard gone. */
export function withoutGuardOfCommit(guard: Guard | undefined, ports: CommitSidePorts, world: World): CommitSidePorts {
  switch (guard) {
    case 'txn-check':
      return { ...ports, storeOf: (table) => withoutTxns(ports.storeOf(table)) };
    case 'conditional-put':
      return { ...ports, storeOf: (table) => withPlainPuts(ports.storeOf(table)) };
    case 'log-item':
      return { ...ports, entries: noEntries };
    case 'help-incomplete':
      return { ...ports, entries: entriesThatSeemComplete(ports.entries) };
    case 'whose-item':
      return { ...ports, entries: itemsOfNobody(ports.entries) };
    case 'ordinal-chain':
      return { ...ports, ledger: gaplessManifests(ports.ledger, world) };
    default:
      return ports;
  }
}

/** Ports of vacuum with one guard gone. */
export function withoutGuardOfVacuum(guard: Guard | undefined, ports: CommitSidePorts): CommitSidePorts {
  switch (guard) {
    case 'vacuum-manifests':
      return { ...ports, ledger: { ...ports.ledger, manifestsOf: async () => [] } };
    case 'vacuum-log-last':
      return withLogReadFirst(ports);
    default:
      return ports;
  }
}

/** The log is as it was when objects were listed: what is settled since is neither in it nor in the manifests. */
function withLogReadFirst(ports: CommitSidePorts): CommitSidePorts {
  let frozen: Map<string, StoredObject> | undefined;
  async function freeze(store: ObjectStore): Promise<void> {
    const read = new Map<string, StoredObject>();
    for await (const { path } of store.list(logFolder)) {
      const object = await store.read(path);
      if (object !== undefined) read.set(path, object);
    }
    frozen = read;
  }
  const storeOf = (table: string): ObjectStore => {
    const store = ports.storeOf(table);
    return {
      ...store,
      read: async (path) => (frozen !== undefined && path.startsWith(logFolder) ? frozen.get(path) : store.read(path)),
      async *list(prefix, startAfter) {
        if (!prefix.startsWith(logFolder)) {
          if (frozen === undefined) await freeze(store);
          yield* store.list(prefix, startAfter);
          return;
        }
        if (frozen === undefined) yield* store.list(prefix, startAfter);
        else for (const object of frozen.values()) if (object.path > (startAfter ?? '')) yield object;
      },
    };
  };
  return { ...ports, storeOf };
}

/** Ports of an optimize that has planned, with one guard gone. */
export function withoutGuardOfOptimize(guard: Guard | undefined, ports: CommitSidePorts): CommitSidePorts {
  if (guard !== 'optimize-inputs') return ports;
  return { ...ports, storeOf: (table) => withoutRemoves(ports.storeOf(table)) };
}

/** Nobody seems to have taken a file away. */
function withoutRemoves(store: ObjectStore): ObjectStore {
  return {
    ...store,
    async read(path) {
      const object = await store.read(path);
      if (object === undefined || !path.startsWith(logFolder)) return object;
      const actions = parseActions(object.bytes, path).filter((action) => !('remove' in action));
      return { ...object, bytes: serializeActions(actions) };
    },
  };
}

/** Ports of log clean-up with one guard gone. */
export function withoutGuardOfCleanLog(guard: Guard | undefined, ports: CommitSidePorts): CommitSidePorts {
  if (guard !== 'kept-checkpoint') return ports;
  const storeOf = (table: string): ObjectStore => {
    const store = ports.storeOf(table);
    return {
      ...store,
      /** The checkpoint that stands in for what goes, goes too. */
      async deleteAll(paths) {
        await store.deleteAll(paths);
        const left = await Array.fromAsync(store.list(logFolder));
        const checkpoint = left.find(({ path }) => path.endsWith('.checkpoint.parquet'));
        if (checkpoint !== undefined) await store.delete(checkpoint.path);
      },
    };
  };
  return { ...ports, storeOf };
}

/** Ports of repair with one guard gone. */
export function withoutGuardOfRepair(guard: Guard | undefined, ports: CommitSidePorts): CommitSidePorts {
  if (guard !== 'repair-confirm') return ports;
  const storeOf = (table: string): ObjectStore => {
    const store = ports.storeOf(table);
    /** What a listing lacks is gone, and one that fails lacks everything. */
    return {
      ...store,
      head: async (path) => (path.startsWith(logFolder) ? store.head(path) : undefined),
      list: (prefix, ...more) =>
        prefix === '' ? noneIfFailed(store.list(prefix, ...more)) : store.list(prefix, ...more),
    };
  };
  return { ...ports, storeOf };
}

async function* noneIfFailed<T>(all: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* all;
  } catch {
    // What was not listed is not there.
  }
}

/** The log seems to hold no txn at all. */
function withoutTxns(store: ObjectStore): ObjectStore {
  return {
    ...store,
    async read(path) {
      const object = await store.read(path);
      if (object === undefined || !path.endsWith('.json')) return object;
      const actions = parseActions(object.bytes, path).filter((action) => !('txn' in action));
      return { ...object, bytes: serializeActions(actions) };
    },
  };
}

/** HEAD and a plain PUT where a conditional one belongs. */
function withPlainPuts(store: ObjectStore): ObjectStore {
  return {
    ...store,
    async putIfAbsent(path, bytes) {
      if ((await store.head(path)) !== undefined) return 'exists';
      await store.put(path, bytes);
      return 'created';
    },
  };
}

const noEntries: CommitEntryStore = {
  get: async () => undefined,
  newest: async () => undefined,
  putIfAbsent: async () => 'created',
  replaceIncomplete: async () => 'replaced',
  markComplete: async () => undefined,
};

/** An entry that another left incomplete is nobody's business. */
const entriesThatSeemComplete = (entries: CommitEntryStore): CommitEntryStore => ({
  ...entries,
  get: async (tablePath, fileName) => {
    const entry = await entries.get(tablePath, fileName);
    return entry && { ...entry, complete: true };
  },
});

/** Whoever has put the item of a version: it is as good as ours. */
const itemsOfNobody = (entries: CommitEntryStore): CommitEntryStore => ({
  ...entries,
  putIfAbsent: async (entry) => {
    const outcome = await entries.putIfAbsent(entry);
    return outcome === 'exists' ? 'created' : outcome;
  },
});

/** Manifests come numbered as if none were missing among them. */
function gaplessManifests(ledger: Ledger, world: World): Ledger {
  const originals = new WeakMap<Manifest, Manifest>();
  return {
    ...ledger,
    async manifestsOf(tableId) {
      const manifests = await ledger.manifestsOf(tableId);
      const record = await world.ledger.tableById(tableId);
      const covered = new Map<string, number>();
      for (const action of record === undefined ? [] : world.lake.log(record.tableName).flat()) {
        if ('txn' in action) covered.set(action.txn.appId.split('/').slice(2).join('/'), Number(action.txn.version));
      }
      const next = new Map<string, number>();
      return manifests.map((manifest) => {
        const ranges = manifest.ranges.map((range) => {
          const last = next.get(range.sourcePartition) ?? covered.get(range.sourcePartition) ?? 0;
          if (range.ordinal <= last) return range;
          next.set(range.sourcePartition, last + 1);
          return { ...range, ordinal: last + 1 };
        });
        const renumbered = { ...manifest, ranges };
        originals.set(renumbered, manifest);
        return renumbered;
      });
    },
    deleteManifests: (manifests) =>
      ledger.deleteManifests(manifests.map((manifest) => originals.get(manifest) ?? manifest)),
  };
}
