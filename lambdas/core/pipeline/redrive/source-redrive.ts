import { KernelFull } from '#columnar/kernel/kernel.ts';
import type { BatchEngine } from '../ingest/batch-engine.ts';
import { encodeBatches } from '../ingest/encode-batches.ts';
import { BackpressureError, StaleAttemptError } from '../ingest/ingest-errors.ts';
import type { IngestSettings } from '../ingest/ingest-settings.ts';
import type { Intake } from '../ingest/intake.ts';
import { type SourceRecord, sourcePartitionOf } from '../ingest/source-record.ts';
import type { Cursor } from '../ledger/ledger.ts';
import { type Letter, letterId, lineOf } from './letter.ts';
import type { LetterParts } from './letter-parts.ts';
import { RedriveJournal, type Taken } from './redrive-journal.ts';
import type { RedrivePorts } from './redrive-letters.ts';
import { planRedrive, type RedrivePlan } from './redrive-plan.ts';
import { type RedrivenRows, RedriveRows, type StayingLetter, type TooLarge } from './redrive-rows.ts';

/** How often other redrives may get ahead, or answers get lost, before it is left to whoever asked. */
const maxRounds = 10;
/** Files of a lost attempt are vacuum's after a day; an attempt stages within the hour or not at all. */
const maxAttemptAgeMs = 3_600_000;

export interface TakenLetters {
  redriven: Record<string, number>;
  before: number;
  staying: readonly StayingLetter[];
}

/** What is known of the source partitions of some letters, each by `redrive/…`. */
interface Known {
  cursors: Map<string, Cursor>;
  journals: Map<string, RedriveJournal>;
}

/** A transaction that was sent and of which no answer says that it happened. */
interface Sent {
  entries: ReadonlyMap<string, string>;
  taken: TakenLetters;
}

/**
 * Redrives letters of one source. A transaction stages their rows and moves the cursors of `redrive/<source>/<partition>` to journal
 * entries that tell which letters they are, on condition that no other was accepted since the journals were read.
 */
export class SourceRedrive {
  readonly #settings: IngestSettings;
  readonly #ports: RedrivePorts;
  readonly #rows: RedriveRows;
  readonly #journals = new Map<string, { head: string | undefined; journal: RedriveJournal }>();

  constructor(settings: IngestSettings, ports: RedrivePorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#rows = new RedriveRows(settings, ports);
  }

  async take(letters: readonly Letter[]): Promise<TakenLetters | TooLarge> {
    let sent: Sent | undefined;
    for (let round = 0; round < maxRounds; ) {
      const startedMs = this.#ports.clock();
      const known = await this.#know(letters);
      if (sent !== undefined && wasAccepted(sent, known)) return sent.taken;
      const fresh = freshOf(letters, known);
      const before = letters.length - fresh.length;
      if (fresh.length === 0) return { redriven: {}, before, staying: [] };
      const engine = this.#ports.engines.take();
      try {
        const partsTaken = (letter: Letter) => known.journals.get(lineOf(letter))?.partsOf(letterId(letter) as string);
        const made = await this.#rows.make(fresh, engine, partsTaken).catch((error: unknown) => this.#waitFor(error));
        if (made === undefined) continue;
        if ('kind' in made) return { ...made, fitting: Math.floor((made.fitting * letters.length) / fresh.length) };
        const taken = { redriven: countsOf(made), before, staying: made.staying };
        if (made.redriven.size === 0) return taken;
        const entries = await this.#putEntries(made, known);
        const plan = await this.#write(made, { known, entries, engine });
        if (plan.kind === 'tooLarge') return { kind: 'tooLarge', fitting: Math.floor(letters.length / 2) };
        this.#assertYoung(startedMs);
        if ((await this.#ports.ledger.stage(plan.transaction)) === 'staged') return taken;
        sent = { entries, taken };
        round++;
      } catch (error) {
        if (error instanceof KernelFull) return { kind: 'tooLarge', fitting: Math.floor(letters.length / 2) };
        throw error;
      } finally {
        this.#ports.engines.give(engine);
      }
    }
    throw new Error(`source ${this.#settings.source}: expected a redrive to be accepted within ${maxRounds} rounds`);
  }

  /** Answers nothing once a table that was behind may have caught up. */
  async #waitFor(error: unknown): Promise<undefined> {
    const { whenBehind } = this.#ports;
    if (!(error instanceof BackpressureError) || whenBehind === undefined) throw error;
    await whenBehind(error);
  }

  async #know(letters: readonly Letter[]): Promise<Known> {
    const known: Known = { cursors: new Map(), journals: new Map() };
    for (const name of new Set(letters.map(lineOf))) {
      const cursor = await this.#ports.ledger.readCursor(name);
      if (cursor !== undefined) known.cursors.set(name, cursor);
      const head = cursor?.redriven;
      const loaded = this.#journals.get(name);
      const journal =
        loaded !== undefined && loaded.head === head
          ? loaded.journal
          : await RedriveJournal.load(head, this.#ports.journals, loaded?.journal);
      this.#journals.set(name, { head, journal });
      known.journals.set(name, journal);
    }
    return known;
  }

  async #putEntries(made: RedrivenRows, { journals }: Known): Promise<Map<string, string>> {
    const entries = new Map<string, string>();
    for (const [line, taken] of takenByLine(made)) {
      const journal = journals.get(line) as RedriveJournal;
      const ports = { store: this.#ports.journals, ids: this.#ports.ids };
      entries.set(line, await journal.put(line, taken, ports));
    }
    return entries;
  }

  /** Puts the rows' files, and plans their transaction. */
  async #write(
    made: RedrivenRows,
    { known, entries, engine }: { known: Known; entries: ReadonlyMap<string, string>; engine: BatchEngine },
  ): Promise<RedrivePlan | { kind: 'tooLarge' }> {
    const { ledger, clock, ids, storeOf } = this.#ports;
    const encoded = await encodeBatches(made.batches, engine, (tableName) => this.#tableNamed(tableName).settings);
    const plan = planRedrive({
      taken: intakesOf(made),
      batches: made.batches,
      cursors: known.cursors,
      entries,
      ledgerId: await ledger.id(),
      nowMs: clock(),
      ids,
    });
    if (plan.kind === 'tooLarge') return plan;
    for (const { tableName, columns, staged } of plan.files) {
      const bytes = encoded.get(columns) as Uint8Array;
      await storeOf(tableName).put(staged.path, bytes);
      staged.sizeBytes = bytes.length;
      staged.modifiedMs = clock();
    }
    return plan;
  }

  #tableNamed(tableName: string) {
    const found = this.#settings.tableNamed(tableName);
    if (found === undefined) throw new Error(`table ${tableName}: expected it among the settings' tables`);
    return found;
  }

  #assertYoung(startedMs: number): void {
    const ageMs = this.#ports.clock() - startedMs;
    if (ageMs <= maxAttemptAgeMs) return;
    throw new StaleAttemptError(
      `source ${this.#settings.source}: expected to stage within ${maxAttemptAgeMs} ms of the attempt's start, got ${ageMs} ms`,
    );
  }
}

/** What a redrive takes of each source partition. */
function takenByLine({ redriven, parts }: RedrivenRows): Map<string, Taken> {
  const byLine = new Map<
    string,
    { letters: Record<string, string[]>; parts: Record<string, Record<string, LetterParts>> }
  >();
  for (const [table, own] of redriven) {
    for (const { letter } of own) {
      const taken = byLine.get(lineOf(letter)) ?? { letters: {}, parts: {} };
      byLine.set(lineOf(letter), taken);
      const id = letterId(letter) as string;
      taken.letters[table] ??= [];
      taken.letters[table].push(id);
      const some = parts.get(letter)?.get(table);
      if (some !== undefined) taken.parts[table] = { ...taken.parts[table], [id]: some };
    }
  }
  const withoutEmpty = ({ letters, parts: own }: Required<Taken>): Taken =>
    Object.keys(own).length === 0 ? { letters } : { letters, parts: own };
  return new Map([...byLine].map(([line, taken]) => [line, withoutEmpty(taken)]));
}

const wasAccepted = ({ entries }: Sent, { journals }: Known): boolean =>
  [...entries].some(([line, path]) => journals.get(line)?.includes(path) === true);

/** Letters that no redrive has taken, each once: a record may have been read, and refused, again. */
function freshOf(letters: readonly Letter[], { journals }: Known): Letter[] {
  const seen = new Set<string>();
  return letters.filter((letter) => {
    const id = letterId(letter) as string;
    const key = `${lineOf(letter)} ${id}`;
    if (seen.has(key) || journals.get(lineOf(letter))?.has(id) === true) return false;
    seen.add(key);
    return true;
  });
}

/** What becomes rows, by source partition. */
function intakesOf({ redriven }: RedrivenRows): Intake[] {
  const records = new Set([...redriven.values()].flat().flatMap((letter) => letter.records));
  const byPartition = new Map<string, SourceRecord[]>();
  for (const record of records) {
    const own = byPartition.get(sourcePartitionOf(record));
    if (own === undefined) byPartition.set(sourcePartitionOf(record), [record]);
    else own.push(record);
  }
  return [...byPartition].map(([sourcePartition, own]) => ({ sourcePartition, records: own }));
}

const countsOf = ({ redriven }: RedrivenRows): Record<string, number> =>
  Object.fromEntries([...redriven].map(([table, letters]) => [table, letters.length]));
