import { deadLetterTable, type Settings, settings as settingsSchema } from '#contract/settings.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { lakeTableOf } from '#pipeline/ingest/agree-table.ts';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import type { Letter } from '#pipeline/redrive/letter.ts';
import { redriveLetters } from '#pipeline/redrive/redrive-letters.ts';
import { codec } from './codec.ts';
import { FaultyPorts } from './faulty-ports.ts';
import { withoutGuardOfRedrive } from './missing-guards.ts';
import type { SimulatedProcess } from './scheduler.ts';
import type { SimulatedRecord } from './sources.ts';
import type { World } from './world.ts';

/** Two operators, or one who is impatient. */
const mostAtOnce = 2;

/** By these settings every payload, and none, becomes a row. */
const fixedSources = settingsSchema.parse({
  clusters: { broker: { kind: 'selfManaged', bootstrapServers: ['127.0.0.1:9092'] } },
  sources: {
    web: { kinesis: { shards: 2 }, table: 'events', format: 'string', tombstones: 'row' },
    app: { kafka: { cluster: 'broker', topic: 'app' }, table: 'events', format: 'string', tombstones: 'row' },
  },
  tables: { events: {} },
}).sources;

/** Operators who redrive all dead letters, again and again, two at once, and whose processes die. */
export class RedriveActor {
  readonly #world: World;
  readonly #running = new Set<SimulatedProcess>();

  constructor(world: World) {
    this.#world = world;
  }

  act(): void {
    const { scheduler, lake } = this.#world;
    for (const process of this.#running) if (!process.alive) this.#running.delete(process);
    if (this.#running.size >= mostAtOnce || lake.rows(deadLetterTable).length === 0) return;
    const process = this.#world.newProcess('redrive');
    this.#running.add(process);
    const faulty = new FaultyPorts(scheduler, process);
    const storeOf = (table: string) => faulty.objectStore(table, lake.store(table));
    this.#redrive(process, faulty.ledger(this.#world.ledger), storeOf).then(
      ({ redriven }) => {
        this.#running.delete(process);
        scheduler.note(`${process.name} ends, ${redriven.events ?? 0} redriven`);
      },
      (error: Error) => {
        this.#running.delete(process);
        scheduler.note(`${process.name} fails: ${error.message}`);
      },
    );
  }

  /** Redrives in peace; answers whether nothing was left to do. */
  async finish(): Promise<boolean> {
    const { lake, ledger } = this.#world;
    const process = this.#world.newProcess('redrive');
    const { redriven } = await this.#redrive(process, ledger, (table) => lake.store(table));
    return Object.keys(redriven).length === 0;
  }

  #redrive(process: SimulatedProcess, ledger: Ledger, storeOf: (table: string) => ObjectStore) {
    const world = this.#world;
    const settings: Settings = { ...world.settings, sources: fixedSources };
    return redriveLetters(
      lettersOf(world),
      withoutGuardOfRedrive(world.guard, {
        ledger,
        settings,
        journals: storeOf(deadLetterTable),
        storeOf,
        lakeTable: async (table) => {
          const state = await loadLogState(storeOf(table), codec);
          return state && lakeTableOf(state);
        },
        engines: world.redriveEngines.of(process),
        clock: world.clock,
        ids: world.ids,
        measurements: { count: () => undefined },
      }),
    );
  }
}

/** The dead letters as the table has them now, by the records that their rows name. */
async function* lettersOf(world: World): AsyncGenerator<Letter> {
  const records = new Map([...world.expected.keys()].map((record) => [world.nameOf(record), record]));
  for (const name of world.lake.rows(deadLetterTable)) yield letterOf(records.get(name) as SimulatedRecord);
}

const letterOf = ({ source, partition, position, timestampMs, value }: SimulatedRecord): Letter => ({
  source,
  partition,
  position,
  timestampMs,
  key: undefined,
  headers: [],
  payload: value,
  table: 'events',
  error: 'Refused',
  message: '',
  path: '',
  route: undefined,
  schemaId: undefined,
  schemaName: undefined,
  stream: undefined,
  timestampType: undefined,
  rowId: undefined,
});
