import { decodeJson } from '#formats/json.ts';
import type { PayloadDecoder } from '#formats/payload-decoder.ts';
import { assertNotBehind } from '../ingest/assert-not-behind.ts';
import type { BatchEngine } from '../ingest/batch-engine.ts';
import { BatchMaker, type MadeBatches } from '../ingest/batch-maker.ts';
import { maxUnitOpenedBytes } from '../ingest/build-unit.ts';
import { type DeadLetter, divertedClass } from '../ingest/dead-letter.ts';
import type { IngestPorts } from '../ingest/ingest-batch.ts';
import type { IngestSettings } from '../ingest/ingest-settings.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import { partLimits, splitRecords } from '../ingest/split-records.ts';
import type { TableBatch } from '../ingest/table-files.ts';
import { TableRowMaker } from '../ingest/table-rows.ts';
import { type Letter, recordOf } from './letter.ts';
import type { LetterParts } from './letter-parts.ts';

/** A letter whose record still is none, and why. */
export interface StayingLetter {
  letter: Letter;
  error: string;
  message: string;
}

export interface RedrivenRows {
  batches: readonly TableBatch[];
  /** Letters that all of became rows, with what they became; by table. */
  redriven: ReadonlyMap<string, readonly RedrivenLetter[]>;
  /** By letter, its records by table, where they went to several. */
  parts: ReadonlyMap<Letter, ReadonlyMap<string, LetterParts>>;
  staying: readonly StayingLetter[];
}

/** How many of the letters, from the first, there is memory for at one time. */
export interface TooLarge {
  kind: 'tooLarge';
  fitting: number;
}

export interface RedrivenLetter {
  letter: Letter;
  /** What no table has of it yet. */
  records: readonly SourceRecord[];
  /** Which ones these are. */
  parts: LetterParts;
}

/** What of a letter tables have already. */
export type PartsTaken = (letter: Letter) => LetterParts | undefined;

type RowPorts = Omit<IngestPorts, 'engines'>;

/** What a rule of today's settings keeps out of every table stays a dead letter. */
const droppedClass = 'Dropped';

/** What holds another number of records than when tables took some of them stays: which ones those were is not known. */
const partlyClass = 'PartlyRedriven';

/** Makes rows of one source's dead letters by today's settings. */
export class RedriveRows {
  readonly #settings: IngestSettings;
  readonly #ports: RowPorts;
  readonly #maker: BatchMaker;

  constructor(settings: IngestSettings, ports: RowPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#maker = new BatchMaker(settings, ports);
  }

  /** A letter becomes rows as a whole or stays: where some of them fail, none is made. */
  async make(
    letters: readonly Letter[],
    engine: BatchEngine,
    partsTaken: PartsTaken,
  ): Promise<RedrivenRows | TooLarge> {
    const { attempts, unlike } = await this.#attemptsOf(letters, partsTaken);
    const tried = attempts.length + unlike.length;
    if (tried < letters.length) return { kind: 'tooLarge', fitting: tried };
    const mark = engine.mark();
    const made = await this.#made(attempts, engine);
    if (made === undefined) return { kind: 'tooLarge', fitting: Math.floor(letters.length / 2) };
    const failed = new Map<SourceRecord, Omit<StayingLetter, 'letter'>>([
      ...made.deadLetters.map(({ record, error, message }) => [record, { error, message }] as const),
      ...made.dropped.map(
        (record) => [record, { error: droppedClass, message: 'a rule of its source drops it' }] as const,
      ),
    ]);
    const failing = attempts.flatMap(({ letter, records }): StayingLetter[] => {
      const failure = records.map((record) => failed.get(record)).find((found) => found !== undefined);
      return failure === undefined ? [] : [{ letter, ...failure }];
    });
    const staying = [...unlike, ...failing];
    const stays = new Set(staying.map(({ letter }) => letter));
    const whole = attempts.filter(({ letter }) => !stays.has(letter));
    const isHalf = attempts.some(({ letter, records }) => stays.has(letter) && records.length > 1);
    if (!isHalf) return { ...redrivenOf(made, whole), staying };
    engine.release(mark);
    const madeWhole = await this.#made(whole, engine);
    if (madeWhole === undefined) return { kind: 'tooLarge', fitting: Math.floor(letters.length / 2) };
    return { ...redrivenOf(madeWhole, whole), staying };
  }

  /** Of the first letters, one at least, as many as there is memory for once they are taken apart. */
  async #attemptsOf(letters: readonly Letter[], partsTaken: PartsTaken) {
    const decoder = await this.#maker.decoder;
    const attempts: RedrivenLetter[] = [];
    const unlike: StayingLetter[] = [];
    let [parts, bytes] = [0, 0];
    for (const letter of letters) {
      if (parts > partLimits.parts || bytes > partLimits.bytes) break;
      const record = recordOf(letter);
      const all = letter.error === divertedClass ? [record] : partsOf(record, decoder);
      if (all.length > 1) {
        parts += all.length;
        bytes += all.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
      }
      const taken = partsTaken(letter);
      if (taken !== undefined && taken.of !== all.length) {
        const message = `expected ${taken.of} records in it, as when tables took ${taken.places.length} of them, got ${all.length}`;
        unlike.push({ letter, error: partlyClass, message });
        continue;
      }
      const places = [...all.keys()].filter((place) => taken?.places.includes(place) !== true);
      const records = places.map((place) => all[place] as SourceRecord);
      attempts.push({ letter, records, parts: { of: all.length, places } });
    }
    return { attempts, unlike };
  }

  /** Nothing: more comes out of envelopes than there is memory for. */
  async #made(attempts: readonly RedrivenLetter[], engine: BatchEngine): Promise<MadeBatches | undefined> {
    const nowMs = this.#ports.clock();
    const isDiverted = ({ letter }: RedrivenLetter) => letter.error === divertedClass;
    const records = attempts.filter((attempt) => !isDiverted(attempt)).flatMap((attempt) => attempt.records);
    const made =
      records.length === 0
        ? emptyBatches()
        : await this.#maker.make(records, {
            engine,
            nowMs,
            onlyTable: await this.#maker.onlyTable?.agree(),
            admitTable: (tableName, table) => assertNotBehind(this.#tableNamed(tableName), table, this.#ports),
            maxOpenedBytes: maxUnitOpenedBytes,
          });
    if (made.fitting < records.length) return undefined;
    const byTable = new Map(made.byTable);
    for (const [tableName, diverted] of Map.groupBy(attempts.filter(isDiverted), ({ letter }) => letter.table)) {
      const own = diverted.flatMap((attempt) => attempt.records);
      await this.#addDiverted(tableName, own, engine, made);
      byTable.set(tableName, [...(byTable.get(tableName) ?? []), ...own]);
    }
    return { ...made, byTable };
  }

  /** Rows that were staged once: neither route nor transforms see them again. */
  async #addDiverted(
    tableName: string,
    records: readonly SourceRecord[],
    engine: BatchEngine,
    made: MadeBatches,
  ): Promise<void> {
    const table = this.#settings.tableNamed(tableName);
    if (table === undefined) {
      const message = `expected table ${tableName} among the settings' tables`;
      made.deadLetters.push(
        ...records.map(
          (record): DeadLetter => ({ record, table: tableName, error: 'UnknownTable', message, path: '' }),
        ),
      );
      return;
    }
    const maker = new TableRowMaker(table, this.#ports);
    const known = await maker.agree();
    if (known !== undefined) await assertNotBehind(table, known, this.#ports);
    const { batch, deadLetters } = await maker.make(records, {
      engine,
      isScannable: true,
      decode: ({ value }) => {
        const decoded = decodeJson(value ?? new Uint8Array());
        return decoded.kind === 'failure' ? decoded : { kind: 'payload', payload: decoded.record };
      },
      transforms: undefined,
      nowMs: this.#ports.clock(),
      known,
      isInTable: undefined,
    });
    if (batch !== undefined) made.batches.push(batch);
    made.deadLetters.push(...deadLetters);
  }

  #tableNamed(tableName: string) {
    const found = this.#settings.tableNamed(tableName);
    if (found === undefined) throw new Error(`table ${tableName}: expected it among the settings' tables`);
    return found;
  }
}

/** Records of a payload that holds many. What was part of another one before keeps its position. */
function partsOf(record: SourceRecord, decoder: Pick<PayloadDecoder, 'split'>): readonly SourceRecord[] {
  if (!record.position.includes('.')) return splitRecords([record], decoder);
  const parts = record.value && decoder.split?.(record.value);
  return parts === undefined ? [record] : parts.map((value) => ({ ...record, value }));
}

const emptyBatches = (): MadeBatches => ({ fitting: 0, batches: [], deadLetters: [], dropped: [], byTable: new Map() });

function redrivenOf(
  { batches, byTable }: MadeBatches,
  whole: readonly RedrivenLetter[],
): Omit<RedrivenRows, 'staying'> {
  const tableOf = new Map(
    [...byTable].flatMap(([table, records]) => records.map((record) => [record, table] as const)),
  );
  const redriven = new Map<string, RedrivenLetter[]>();
  const parts = new Map<Letter, ReadonlyMap<string, LetterParts>>();
  for (const attempt of whole) {
    /** Parts of one payload may go to several tables; each has the letter then. */
    const { records, parts: all, letter } = attempt;
    const byPlace = records.map(
      (record, index) => [all.places[index] as number, tableOf.get(record) as string] as const,
    );
    const tables = Map.groupBy(byPlace, ([, table]) => table);
    if (tables.size > 1) {
      const placesIn = ([table, own]: [string, typeof byPlace]) =>
        [table, { of: all.of, places: own.map(([place]) => place) }] as const;
      parts.set(letter, new Map([...tables].map(placesIn)));
    }
    for (const table of tables.keys()) {
      const own = redriven.get(table);
      if (own === undefined) redriven.set(table, [attempt]);
      else own.push(attempt);
    }
  }
  return { batches: batches.filter(({ files }) => files.length > 0), redriven, parts };
}
