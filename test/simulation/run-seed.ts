import { VersionNotReconstructible } from '#delta/errors.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { CommitActor } from './commit-actor.ts';
import { deltaRsAppends } from './delta-rs-writer.ts';
import { FaultyPorts } from './faulty-ports.ts';
import { IngestActor } from './ingest-actor.ts';
import { judge } from './judge.ts';
import { Broken, type RowName } from './lake.ts';
import { MaintenanceActor } from './maintenance-actor.ts';
import { outsideAppends } from './outside-writer.ts';
import { RedriveActor } from './redrive-actor.ts';
import { drawScenario, type Guard, type Scenario, scenarioWithout } from './scenario.ts';
import type { SimulatedProcess } from './scheduler.ts';
import { SeededRandom } from './seeded-random.ts';
import { type SparkParts, sparkAppends, sparkLists } from './spark-writer.ts';
import { Upheaval } from './upheaval.ts';
import { World } from './world.ts';

/** What ingest and redrive load when they first ask for it: the simulated world goes on meanwhile, and would end without them. */
import '#formats/json-decoder.ts';
import '#pipeline/route/record-route.ts';
import '#pipeline/route/source-route.ts';
import '#pipeline/transform/letter-transforms.ts';
import '#pipeline/transform/transform-record.ts';

export interface Outcome {
  seed: number;
  scenario: Scenario;
  /** Why the invariant does not hold; absent when it does. */
  broken?: string;
  history: readonly string[];
  steps: number;
}

const stormSteps = 500;
const maxQuietSteps = 20_000;
/** Steps after which a day and more goes by, in which whatever is under way ends. */
const nights = [180, 320, 430];

/** One history, wholly determined by its seed. */
export async function runSeed(seed: number, guard?: Guard, { parted = false } = {}): Promise<Outcome> {
  const drawn = { ...drawScenario(new SeededRandom(seed ^ 0x2545f491)), parted };
  const scenario = guard === undefined ? drawn : scenarioWithout(guard, drawn);
  const world = new World(seed, scenario, guard);
  let steps = 0;
  try {
    steps = await live(world);
    await judge(world);
    return { seed, scenario, history: world.scheduler.history, steps };
  } catch (error) {
    /** A log that operators cannot read any more is as bad. */
    const isBroken = error instanceof Broken || error instanceof VersionNotReconstructible;
    if (!isBroken) throw new Error(`seed ${seed}: the simulation itself failed`, { cause: error });
    return { seed, scenario, broken: error.message, history: world.scheduler.history, steps };
  } finally {
    world.engines.close();
    world.redriveEngines.close();
  }
}

async function live(world: World): Promise<number> {
  const { random, scheduler, scenario, lake } = world;
  const lanes: IngestActor[] = [];
  const addLane = (source: string, ...partitions: string[]) =>
    lanes.push(
      new IngestActor(world, source, () =>
        world.lines.filter((line) => line.source === source && partitions.includes(line.partition)),
      ),
    );
  addLane('web', 'shard-0');
  addLane('web', 'shard-1');
  addLane('app', '0', '1');
  const committers = new CommitActor(world);
  const upheaval = new Upheaval(world, lanes, committers);
  const maintenance = new MaintenanceActor(world);
  const redrives = new RedriveActor(world);
  const isNight = (step: number) => scenario.maintained && nights.includes(step);

  let produced = 0;
  let appended = 0;
  let split = false;
  for (let step = 0; step < stormSteps; step++) {
    if (produced < scenario.records && random.chance(0.15)) {
      world.produce();
      produced++;
    }
    for (const lane of lanes) if (random.chance(0.3)) lane.act();
    if (random.chance(0.12)) committers.act();
    if (scenario.maintained && random.chance(0.08)) maintenance.act();
    if (scenario.redriven && random.chance(0.05)) redrives.act();
    if (isNight(step)) await passDay(world, lanes);
    if (
      appended < scenario.outsideAppends &&
      upheaval.mayAppend &&
      random.chance(appended === 0 ? firstAppendChance(world) : 0.02)
    ) {
      appended++;
      appendOutside(world, scenario.outsideAddsColumn && appended === 1);
    }
    if (scenario.sparkReads && random.chance(0.03)) readAsSpark(world);
    if (scenario.resharding && !split && step > 150) {
      split = true;
      world.split();
      for (const { source, partition } of world.lines.slice(-2)) addLane(source, partition);
    }
    await upheaval.act(step);
    await scheduler.step();
    if (lake.broken !== undefined) throw lake.broken;
  }
  while (produced++ < scenario.records) world.produce();

  world.quiet();
  for (let step = stormSteps; step < maxQuietSteps; step++) {
    for (const lane of lanes) lane.act();
    if (step % 5 === 0) {
      committers.act();
      upheaval.switchLogStore();
    }
    const busy = await scheduler.step();
    if (lake.broken !== undefined) throw lake.broken;
    // Committers that try again and again keep the world busy: an operator does not wait for them to stop.
    if (busy && step % 1_000 !== 0) continue;
    const unread = world.lines.some((line) => line.acknowledged < line.records.length);
    if (
      !busy &&
      !unread &&
      upheaval.isOver &&
      world.ledger.items.manifests.size + world.ledger.items.bundles.size === 0
    ) {
      if (scenario.redriven && !(await redrives.finish())) continue;
      await finishAsReaders(world);
      if (scenario.maintained) await maintenance.finish();
      return step;
    }
    await upheaval.finish();
    scheduler.nowMs += 10_000;
    await committers.sweep();
  }
  await judge(world);
  const left = [...world.ledger.items.manifests.keys()].map((key) => key.replace('\n', ' '));
  throw new Broken(
    `expected everything to settle, found after ${maxQuietSteps} steps: ${left.join('; ') || 'unread records'}`,
  );
}

/** Who adds the column that ingest has agreed on with another type does so before ingest's commit, or tries. */
function firstAppendChance({ scenario, ledger, lake }: World): number {
  if (!scenario.numbersInExtra || !scenario.outsideAddsColumn) return 0.02;
  const isAgreed = [...ledger.items.tables.values()].some(({ schemaString }) => schemaString.includes('"extra"'));
  const log = lake.log('events').flat();
  const isCommitted = log.some((action) => 'metaData' in action && action.metaData.schemaString.includes('"extra"'));
  if (isCommitted) return 0.02;
  return isAgreed && log.length > 0 ? 0.5 : 0;
}

/** A day passes: no invocation lives as long, nor does any request. */
async function passDay({ scheduler, random }: World, lanes: readonly IngestActor[]): Promise<void> {
  await scheduler.stopEveryone();
  for (const lane of lanes) lane.reset();
  scheduler.nowMs += random.between(25, 50) * 3_600_000;
  scheduler.note('a day has passed');
}

/** What an outside writer was told may still wait for a reader: listing the log finishes the newest version. */
async function finishAsReaders({ settings, lake, tablePath }: World): Promise<void> {
  if (settings.tables.events?.logStore === 'conditional') return;
  await sparkLists({ store: lake.store('events'), entries: lake.entries, tablePath: tablePath('events') });
}

/** The table as a process of its own reaches it. */
function partsOf(world: World, process: SimulatedProcess) {
  const ports = new FaultyPorts(world.scheduler, process);
  return {
    store: ports.objectStore('events', world.lake.store('events')),
    entries: ports.commitEntries(world.lake.entries),
    tablePath: world.tablePath('events'),
    ids: world.ids,
  };
}

function readAsSpark(world: World): void {
  const process = world.newProcess('Spark reader');
  sparkLists(partsOf(world, process)).catch((error: Error) =>
    world.scheduler.note(`${process.name} fails: ${error.message}`),
  );
}

function appendOutside(world: World, addsColumn: boolean): void {
  const { scheduler, outside } = world;
  const process = world.newProcess(`outside writer (${outside})`);
  world.outsideWriters.add(process);
  appendAs(outside, partsOf(world, process), addsColumn).then(
    (row) => {
      // Spark takes what is refused for success, whatever becomes of it.
      if (row === undefined || outside === 'refusedSpark') return;
      world.told.push(row);
      scheduler.note(`${process.name} is told that ${row} is committed`);
    },
    (error: Error) => scheduler.note(`${process.name} fails: ${error.message}`),
  );
}

function appendAs(outside: Scenario['outside'], parts: SparkParts, addsColumn: boolean): Promise<RowName | undefined> {
  switch (outside) {
    case 'refusedSpark':
      return sparkAppends({ ...parts, store: refusingPlainCommits(parts.store) }, addsColumn);
    case 'spark':
      return sparkAppends(parts, addsColumn);
    case 'deltaRs':
      return deltaRsAppends(parts, addsColumn);
    case 'conditional':
      return outsideAppends(parts.store, parts.ids, addsColumn);
  }
}

/** As a bucket's policy has it that protects the log. */
const refusingPlainCommits = (store: ObjectStore): ObjectStore => ({
  ...store,
  put: async (path, bytes) => {
    if (/^_delta_log\/\d{20}\.json$/.test(path)) throw new Error(`${path}: 403 AccessDenied`);
    await store.put(path, bytes);
  },
});
