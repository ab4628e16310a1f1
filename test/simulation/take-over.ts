import { deadLetterTable } from '#contract/dead-letter-table.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { comparePositions, positionAfter } from '#pipeline/ledger/position.ts';
import type { HandedOver, HandoverPorts } from '#pipeline/positions/hand-over.ts';
import { takeOverTable } from '#pipeline/positions/take-over-table.ts';
import { codec } from './codec.ts';
import { CommitActor } from './commit-actor.ts';
import { FaultyPorts } from './faulty-ports.ts';
import { IngestActor } from './ingest-actor.ts';
import { Broken } from './lake.ts';
import { createOldTable, OldWriter } from './old-writer.ts';
import type { Scenario } from './scenario.ts';
import type { SimulatedProcess } from './scheduler.ts';
import { tableLogs } from './table-logs.ts';
import { World } from './world.ts';

const oldSteps = 250;
const maxTakeOverSteps = 3_000;
const newSteps = 300;
const maxQuietSteps = 20_000;
/** A record alone in its batch is poison after as many deaths. */
const suspectDeaths = 3;

const scenarioOf = (logStore: Scenario['logStore']): Scenario => ({
  logStore,
  outside: 'conditional',
  outsideAppends: 0,
  sparkReads: false,
  outsideAddsColumn: false,
  numbersInExtra: false,
  ledgerRestored: false,
  tableRecreated: false,
  seek: false,
  logStoreSwitched: false,
  maintained: false,
  coalesced: false,
  resharding: false,
  routed: false,
  redriven: false,
  parted: false,
  records: 40,
});

export interface TakeOverOutcome {
  /** Why a record is not there once; absent where each is. */
  broken?: string;
  history: readonly string[];
}

/**
 * The life of a table that kafka-delta-ingest writes, that an operator takes over while commits of the daemon may still be under way,
 * and that the pipeline goes on with; daemons are started again by mistake.
 *
 * @param looks whether the daemon compares the log's offsets before it commits, as kafka-delta-ingest does.
 */
export async function runTakeOver(seed: number, looks: boolean): Promise<TakeOverOutcome> {
  const world = new World(seed, scenarioOf(seed % 2 === 0 ? 'conditional' : 'dynamodb'));
  try {
    await live(world, looks);
    return { history: world.scheduler.history };
  } catch (error) {
    if (!(error instanceof Broken)) throw new Error(`seed ${seed}: the simulation itself failed`, { cause: error });
    return { broken: error.message, history: world.scheduler.history };
  } finally {
    world.engines.close();
    world.redriveEngines.close();
  }
}

async function live(world: World, looks: boolean): Promise<void> {
  const { scheduler, random, lines, scenario, lake } = world;
  for (const line of lines) line.closed = line.source !== 'app';
  await createOldTable(world);
  let produced = 0;
  const produce = () => {
    if (produced >= scenario.records) return;
    world.produce();
    produced++;
  };
  const step = async (): Promise<boolean> => {
    const isBusy = await scheduler.step();
    if (lake.broken !== undefined) throw lake.broken;
    return isBusy;
  };
  let writer: OldWriter | undefined;
  const startWriter = () => {
    if (writer === undefined || !writer.process.alive) writer = new OldWriter(world, looks);
  };

  for (let at = 0; at < oldSteps; at++) {
    if (random.chance(0.15)) produce();
    if (random.chance(0.2)) startWriter();
    await step();
  }
  /** What the operator takes for stopped may be one of two, and what it has sent may still arrive. */
  const isStopped = random.chance(0.4);
  if (isStopped && writer !== undefined) scheduler.kill(writer.process);
  const done = await takenOver(world, async () => {
    if (random.chance(0.1)) produce();
    if (!isStopped && random.chance(0.1)) startWriter();
    return step();
  });
  scheduler.note(`events is taken over at version ${done.version}`);
  const begins = new Map(done.claims.map(({ sourcePartition, start }) => [sourcePartition, start]));

  for (const line of lines) line.acknowledged = 0;
  const lane = new IngestActor(world, 'app', () => lines.filter(({ source }) => source === 'app'));
  const committers = new CommitActor(world);
  for (let at = 0; at < newSteps; at++) {
    if (random.chance(0.15)) produce();
    if (random.chance(0.05)) startWriter();
    if (random.chance(0.3)) lane.act();
    if (random.chance(0.12)) committers.act();
    await step();
  }
  while (produced < scenario.records) produce();
  if (writer !== undefined) scheduler.kill(writer.process);
  world.quiet();
  for (let at = 0; at < maxQuietSteps; at++) {
    lane.act();
    if (at % 5 === 0) committers.act();
    if ((await step()) && at % 1_000 !== 0) continue;
    const isRead = lines.every((line) => line.source !== 'app' || line.acknowledged === line.records.length);
    if (isRead && world.ledger.items.manifests.size + world.ledger.items.bundles.size === 0)
      return judgeTakeOver(world, begins);
    scheduler.nowMs += 10_000;
    await committers.sweep();
  }
  throw new Broken(`expected everything to settle within ${maxQuietSteps} steps`);
}

/** An operator runs the command until it is done. */
async function takenOver(world: World, step: () => Promise<boolean>): Promise<HandedOver> {
  let done: HandedOver | undefined;
  let operator: { process: SimulatedProcess; failed: boolean } | undefined;
  let claims: HandedOver['claims'] = [];
  for (let at = 0; at < maxTakeOverSteps; at++) {
    if (done !== undefined) return { ...done, claims: done.kind === 'already' ? claims : done.claims };
    if (operator === undefined || operator.failed || !operator.process.alive) {
      const attempt = { process: world.newProcess('operator'), failed: false };
      operator = attempt;
      takeOverTable(
        {
          tableName: 'events',
          source: 'app',
          appIds: ['old'],
          rest: 'earliest',
          quietMs: 0,
          watchMs: 0,
          dryRun: false,
        },
        operatorPorts(world, attempt.process),
      ).then(
        (result) => {
          done = result;
        },
        (error: Error) => {
          attempt.failed = true;
          world.scheduler.note(`${attempt.process.name} fails: ${error.message}`);
        },
      );
    }
    await step();
    claims = await claimsInLedger(world);
  }
  throw new Broken(`expected the table to be taken over within ${maxTakeOverSteps} steps`);
}

async function claimsInLedger({ ledger }: World): Promise<HandedOver['claims']> {
  const cursors = await Array.fromAsync(ledger.cursors());
  return cursors.map(({ sourcePartition, start }) => ({ sourcePartition, ...(start === undefined ? {} : { start }) }));
}

function operatorPorts(world: World, process: SimulatedProcess): HandoverPorts {
  const faulty = new FaultyPorts(world.scheduler, process);
  const { lake, clock, ids, settings } = world;
  const ledger = faulty.ledger(world.ledger);
  const ports = {
    ledger,
    entries: faulty.commitEntries(lake.entries),
    storeOf: (table: string) => withReads(faulty.objectStore(table, lake.store(table)), lake.store(table)),
  };
  return {
    ...{ ledger, settings, codec, clock, ids },
    logOf: tableLogs(world, ports),
    mappings: { of: async () => [], turn: async () => undefined },
    positions: {
      spans: async () =>
        world.lines
          .filter(({ source }) => source === 'app')
          .map(({ partition, records }) => {
            const last = records.at(-1);
            return { partition, earliest: '0', end: last === undefined ? '0' : positionAfter(last.position) };
          }),
      at: async () => undefined,
      count: async () => ({ records: 0, isLeast: false }),
      place: async () => 'placed',
    },
    wait: async () => undefined,
  };
}

/** What an operator's command reads of a log comes at once: old writers commit between its writes, not while it reads. */
const withReads = (writes: ObjectStore, { read, readRange, head, list }: ObjectStore): ObjectStore => ({
  ...writes,
  ...{ read, readRange, head, list },
});

/** @throws {Broken} naming the record. */
function judgeTakeOver(world: World, begins: ReadonlyMap<string, string | undefined>): void {
  const rows = Map.groupBy(world.lake.rows('events'), (row) => row);
  const letters = Map.groupBy(world.lake.rows(deadLetterTable), (row) => row);
  for (const [record] of world.expected) {
    const name = world.nameOf(record);
    const found = { rows: rows.get(name)?.length ?? 0, deadLetters: letters.get(name)?.length ?? 0 };
    const begin = begins.get(`app/${record.partition}`);
    const isOld = begin !== undefined && comparePositions(record.position, begin) < 0;
    const isSuspect = (world.deaths.get(record) ?? 0) >= suspectDeaths;
    const wantedLetters = record.fate === 'deadLetter' && !isOld ? 1 : 0;
    const wanted = { rows: record.fate === 'row' ? 1 : 0, deadLetters: wantedLetters };
    const isThere = found.rows === wanted.rows && found.deadLetters === wanted.deadLetters;
    const isPoison = isSuspect && !isOld && found.rows + found.deadLetters === 1;
    if (isThere || isPoison) continue;
    throw new Broken(
      `record ${name} (${record.fate}, ${isOld ? 'old' : 'new'}): expected ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`,
    );
  }
}
