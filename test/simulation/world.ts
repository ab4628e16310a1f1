import { makeVector } from 'apache-arrow';
import type { DataFileRows, Row } from '#columnar/read/data-file.ts';
import { arrowData } from '#columnar/vector/arrow-data.ts';
import type { FileColumns } from '#columnar/vector/vector.ts';
import { deadLetterTable, type Settings, settings as settingsSchema } from '#contract/settings.ts';
import type { StructField } from '#delta/schema.ts';
import { sourcePartitionOf } from '#pipeline/ingest/source-record.ts';
import { type LedgerItems, type MemoryLedger, memoryLedger } from '../support/memory-ledger.ts';
import { SimulatedEngines } from './engines.ts';
import { fileOf, Lake, type RowName, rowsOf } from './lake.ts';
import type { Guard, Scenario } from './scenario.ts';
import { noFaults, Scheduler, type SimulatedProcess } from './scheduler.ts';
import { SeededRandom } from './seeded-random.ts';
import { appendRecords, hasNumberInExtra, type Line, mostMadeTables, type SimulatedRecord } from './sources.ts';

export type Family = Scenario['logStore'];

/** Days of the simulated world are few: what is kept for a day is kept as briefly as it may be. */
const lookedAfter = {
  optimize: { sortBy: ['_position'] },
  vacuum: { full: true },
  repair: { maxMissingRatio: 1, maxFilesPerCommit: 2 },
  properties: {
    'delta.logRetentionDuration': 'interval 1 days',
    'delta.deletedFileRetentionDuration': 'interval 1 days',
  },
};

/** The times that pass in the simulated world are long. */
const coalesced = { coalesce: { minFiles: 2, minRowGroupBytes: 1, maxTime: '60s' } };

const faultRates = { crash: 0.012, answerLost: 0.03, requestLost: 0.02, throttled: 0.01, late: 0.02 };

/** What the names of redriven rows begin with. */
export const redrivenMark = 'redriven ';

const tableOf = (scenario: Scenario, logStore: Family) => ({
  positionColumns: true,
  logStore,
  latency: '5s',
  checkpointInterval: 4,
  ...(scenario.maintained && lookedAfter),
  ...(scenario.coalesced ? coalesced : { coalesce: { enabled: false } }),
});

/** Where the records of a source go. Which tables are one too many is another matter to a ledger that was restored. */
function destinationOf({ routed, ledgerRestored }: Scenario) {
  if (!routed) return { table: 'events' };
  const maxNewTables = ledgerRestored ? 100 : mostMadeTables;
  return { route: { table: 'events{suffix}', by: { suffix: "type || ''" }, maxNewTables } };
}

const settingsOf = (scenario: Scenario, logStore: Family): Settings => ({
  ...settingsSchema.parse({
    clusters: { broker: { kind: 'selfManaged', bootstrapServers: ['127.0.0.1:9092'] } },
    sources: {
      web: { kinesis: { shards: 2 }, ...destinationOf(scenario) },
      app: { kafka: { cluster: 'broker', topic: 'app' }, ...destinationOf(scenario) },
    },
    tables: {
      events: tableOf(scenario, logStore),
      ...(scenario.routed && { 'events_*': tableOf(scenario, scenario.logStore) }),
      dead_letters: {
        logStore: scenario.logStore,
        latency: '5s',
        checkpointInterval: 4,
        ...(scenario.maintained && lookedAfter),
        ...(scenario.coalesced ? coalesced : { coalesce: { enabled: false } }),
      },
    },
  }),
  environment: 'test',
});

/** The world of one run: sources, ledger, lake, and what must be true of them in the end. */
export class World {
  readonly random: SeededRandom;
  readonly scheduler: Scheduler;
  readonly scenario: Scenario;
  readonly guard: Guard | undefined;
  settings: Settings;
  /** Who else appends. */
  outside: Scenario['outside'];
  readonly lake: Lake;
  readonly lines: Line[] = [];
  readonly engines = new SimulatedEngines((columns) => this.encode(columns));
  readonly redriveEngines = new SimulatedEngines((columns) => this.#encoded(columns, redrivenMark));
  ledger: MemoryLedger = memoryLedger('ledger-1');
  /** How often each record must be in the tables, in the end: once, but for seeks and dropped tables. */
  readonly expected = new Map<SimulatedRecord, number>();
  /** How many invocations died with the record in their batch: after some, it may become a dead letter undecoded. */
  readonly deaths = new Map<SimulatedRecord, number>();
  /** Rows that outside writers were told are committed. */
  readonly told: RowName[] = [];
  /** Rows whose file has expired: they may be there yet, in a file that was made of it before. */
  readonly expired = new Set<RowName>();
  /** Processes of outside writers. */
  readonly outsideWriters = new Set<SimulatedProcess>();
  #ids = 0;
  #processes = 0;

  constructor(seed: number, scenario: Scenario, guard?: Guard) {
    this.random = new SeededRandom(seed);
    this.scenario = scenario;
    this.guard = guard;
    this.settings = settingsOf(scenario, scenario.logStore);
    this.outside = scenario.outside;
    this.scheduler = new Scheduler(new SeededRandom(seed ^ 0x5bd1e995), { ...faultRates });
    this.lake = new Lake(() => this.scheduler.nowMs);
    this.lake.staged = (table) => this.#stagedFiles(table);
    for (const [source, partition] of [
      ['web', 'shard-0'],
      ['web', 'shard-1'],
      ['app', '0'],
      ['app', '1'],
    ] as const) {
      this.lines.push({ source, partition, records: [], acknowledged: 0, closed: false });
    }
  }

  readonly clock = (): number => this.scheduler.nowMs;
  readonly ids = (): string => `id${++this.#ids}`;
  /** Those of records, and that of dead letters. */
  get tableNames(): string[] {
    const made = [...this.ledger.items.tables.values()].map(({ tableName }) => tableName);
    return [...new Set(['events', deadLetterTable, ...made])];
  }

  readonly tablePath = (table: string): string => `s3a://lake/${table}`;

  /** Of manifests, and of those in bundles that are to be placed yet: what is placed is a manifest, or was one and is settled. */
  #stagedFiles(tableName: string): Set<string> {
    const { manifests, bundles, tables } = this.ledger.items;
    const own = [...tables.values()].filter((table) => table.tableName === tableName).map(({ tableId }) => tableId);
    const bundled = [...bundles.values()].flatMap((bundle) => bundle.manifests.slice(bundle.placed));
    const staged = [...manifests.values(), ...bundled].filter(({ tableId }) => own.includes(tableId));
    return new Set(staged.flatMap(({ files }) => files.map(({ path }) => path)));
  }

  newProcess(name: string): SimulatedProcess {
    return { name: `${name} ${++this.#processes}`, alive: true };
  }

  /** The rows of a data file by name: every simulated row says which record it is. */
  readonly encode = (columns: FileColumns): Promise<Uint8Array> => this.#encoded(columns, '');

  async #encoded({ fields, columns, rows }: FileColumns, mark: string): Promise<Uint8Array> {
    const named = ['_source', '_partition', '_position'].map((name) => {
      const index = fields.findIndex((field) => field.name === name);
      return makeVector(arrowData(fields[index]!.type, columns[index]!.vector()));
    });
    const nameAt = (row: number) => mark + named.map((vector) => vector.get(row)).join('/');
    return fileOf(Array.from({ length: rows }, (_, row) => nameAt(row)));
  }

  /** What `encode` wrote, with the values that matter: those of the column that outside writers add too. */
  readonly rowsIn = (bytes: Uint8Array, fields: readonly StructField[]): DataFileRows => {
    const byName = new Map([...this.expected.keys()].map((record) => [this.nameOf(record), record]));
    const extra = fields.find(({ name }) => name === 'extra');
    const rows = rowsOf(bytes).map((name): Row => {
      const mark = name.startsWith(redrivenMark) ? redrivenMark : '';
      const record = byName.get(name.slice(mark.length))!;
      const { source, partition: _partition, position: _position } = record;
      const _source = mark + source;
      const hasNumber = extra?.type === 'double' && hasNumberInExtra(record);
      return { _source, _partition, _position, ...(hasNumber ? { extra: 1.5 } : {}) };
    });
    return { columns: new Set(fields.map(({ name }) => name)), rows };
  };

  readonly nameOf = (record: SimulatedRecord): RowName => `${sourcePartitionOf(record)}/${record.position}`;

  produce(): void {
    const open = this.lines.filter((line) => !line.closed);
    const line = this.random.pick(open);
    const { numbersInExtra, routed, parted } = this.scenario;
    const made = appendRecords(line, this.random, { nowMs: this.clock(), numbersInExtra, routed, parted });
    for (const record of made) this.expected.set(record, record.fate === 'dropped' ? 0 : 1);
  }

  /** A shard is closed, and two children take its place at once. */
  split(): void {
    const parent = this.lines.find(({ source, closed }) => source === 'web' && !closed)!;
    parent.closed = true;
    for (const child of ['a', 'b']) {
      this.lines.push({
        source: 'web',
        partition: `${parent.partition}${child}`,
        records: [],
        acknowledged: 0,
        closed: false,
      });
    }
    this.scheduler.note(`${parent.partition} is split`);
  }

  /** What is deployed from now on says so. */
  deployLogStore(logStore: Family): void {
    this.settings = settingsOf(this.scenario, logStore);
    this.scheduler.note(`the settings say ${logStore}`);
  }

  backupLedger(): LedgerItems {
    return structuredClone(this.ledger.items);
  }

  quiet(): void {
    this.scheduler.faults = noFaults;
    this.scheduler.note('— no more faults —');
  }
}
