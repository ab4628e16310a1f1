import { serializeActions } from '#delta/action-json.ts';
import { commitPath } from '#delta/log-path.ts';
import { type LogState, loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { addFile, metaDataAction, protocolAction, txnAction } from '../support/actions.ts';
import { codec } from './codec.ts';
import { FaultyPorts } from './faulty-ports.ts';
import { fileOf } from './lake.ts';
import type { SimulatedProcess } from './scheduler.ts';
import type { SimulatedRecord } from './sources.ts';
import type { World } from './world.ts';

const appId = 'old';

/** Version 0, before anything goes wrong. */
export async function createOldTable({ lake }: World): Promise<void> {
  await lake.store('events').putIfAbsent(commitPath(0), serializeActions([protocolAction(), metaDataAction()]));
}

/**
 * A daemon of kafka-delta-ingest: it reads topic `app` from the offsets that the table's log says, and puts rows and offsets into one
 * version. Before each attempt it looks whether the log has the offsets that it began from; the fork for many types does not.
 */
export class OldWriter {
  readonly #world: World;
  readonly #looks: boolean;
  readonly process: SimulatedProcess;

  constructor(world: World, looks: boolean) {
    this.#world = world;
    this.#looks = looks;
    this.process = world.newProcess('old writer');
    this.#run().catch((error: Error) => {
      world.scheduler.note(`${this.process.name} fails: ${error.message}`);
      world.scheduler.kill(this.process);
    });
  }

  async #run(): Promise<void> {
    const { lake, scheduler } = this.#world;
    const store = new FaultyPorts(scheduler, this.process).objectStore('events', lake.store('events'));
    for (;;) {
      const state = await this.#load();
      const offsets = new Map(
        ['0', '1'].map((partition) => [partition, state?.txns.get(`${appId}-${partition}`)?.version]),
      );
      const records = this.#next(offsets);
      if (records.length === 0) break;
      await this.#write(records, offsets, store);
    }
    scheduler.kill(this.process);
  }

  /** In one request: what a daemon reads of the log is not what is tried here. */
  #load(): Promise<LogState | undefined> {
    const { lake, scheduler } = this.#world;
    const effect = () => loadLogState(lake.store('events'), codec);
    return scheduler.request(this.process, { label: 'loads the log of events', effect, readOnly: true });
  }

  /** Some records of each partition after its offset; none ends the daemon until it is started again. */
  #next(offsets: ReadonlyMap<string, bigint | undefined>): SimulatedRecord[] {
    const { lines, random } = this.#world;
    return lines
      .filter(({ source }) => source === 'app')
      .flatMap(({ partition, records }) => {
        const fresh = records.filter(({ position }) => BigInt(position) > (offsets.get(partition) ?? -1n));
        return fresh.slice(0, random.between(0, Math.min(4, fresh.length)));
      });
  }

  async #write(
    records: readonly SimulatedRecord[],
    offsets: ReadonlyMap<string, bigint | undefined>,
    store: ObjectStore,
  ): Promise<void> {
    const { ids, nameOf, clock } = this.#world;
    const rows = records.filter(({ fate }) => fate === 'row').map(nameOf);
    const path = `old-${ids()}.parquet`;
    const bytes = fileOf(rows);
    await store.put(path, bytes);
    const ends = new Map(records.map(({ partition, position }) => [partition, BigInt(position)]));
    for (;;) {
      const state = await this.#load();
      if (state === undefined) throw new Error('expected a table, found no log');
      const isAsBefore = [...ends.keys()].every(
        (partition) => state.txns.get(`${appId}-${partition}`)?.version === offsets.get(partition),
      );
      if (this.#looks && !isAsBefore) return;
      const actions = serializeActions([
        { commitInfo: { operation: 'STREAMING UPDATE', timestamp: clock(), clientVersion: 'delta-rs' } },
        ...[...ends].map(([partition, offset]) => txnAction(`${appId}-${partition}`, offset)),
        { add: addFile(path, { size: bytes.length, stats: `{"numRecords":${rows.length}}` }) },
      ]);
      const outcome = await store.putIfAbsent(commitPath(state.version + 1), actions);
      if (outcome === 'created') return;
      if (outcome === 'unknown') throw new Error('no answer to its commit');
    }
  }
}
