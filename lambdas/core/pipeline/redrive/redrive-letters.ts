import type { Settings } from '#contract/settings.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { IngestPorts } from '../ingest/ingest-batch.ts';
import type { BackpressureError } from '../ingest/ingest-errors.ts';
import { ingestSettingsOf } from '../ingest/ingest-settings.ts';
import { type Letter, letterId } from './letter.ts';
import type { StayingLetter } from './redrive-rows.ts';
import { SourceRedrive } from './source-redrive.ts';

export interface RedrivePorts extends IngestPorts {
  settings: Settings;
  /** Where the journal lies: beside the environment's dead letters. */
  journals: ObjectStore;
  /** Waits for a table's committer, or throws once that is long enough; absent: no waiting. */
  whenBehind?: (error: BackpressureError) => Promise<void>;
}

export interface Redriven {
  /** Letters whose rows are staged now, by table. */
  redriven: Record<string, number>;
  /** Letters that a redrive had taken before. */
  before: number;
  /** Letters that stay, by why. */
  staying: Record<string, number>;
  /** Some of them. */
  examples: StayingLetter[];
}

/** What is worked on at one time. */
const maxLetters = 5_000;
const maxBytes = 8_000_000;
const maxExamples = 20;

/**
 * Makes rows of dead letters by today's settings, each once, however often and by however many it is asked for. What fails again
 * stays a dead letter, and no second one is made of it. Rows that are staged stay staged whatever becomes of the rest.
 *
 * @throws {BackpressureError} where a table's committer is behind, and it is not waited for: asked again, it goes on.
 */
export async function redriveLetters(letters: AsyncIterable<Letter>, ports: RedrivePorts): Promise<Redriven> {
  const redrive = new Redrive(ports);
  let chunk: Letter[] = [];
  let bytes = 0;
  for await (const letter of letters) {
    chunk.push(letter);
    bytes += letter.payload?.length ?? 0;
    if (chunk.length < maxLetters && bytes < maxBytes) continue;
    await redrive.take(chunk);
    chunk = [];
    bytes = 0;
  }
  await redrive.take(chunk);
  return redrive.result;
}

class Redrive {
  readonly result: Redriven = { redriven: {}, before: 0, staying: {}, examples: [] };
  readonly #ports: RedrivePorts;
  readonly #sources = new Map<string, SourceRedrive>();

  constructor(ports: RedrivePorts) {
    this.#ports = ports;
  }

  async take(letters: readonly Letter[]): Promise<void> {
    for (const [source, own] of Map.groupBy(letters, (letter) => letter.source)) {
      if (!Object.hasOwn(this.#ports.settings.sources, source)) {
        this.#stay(own, 'UnknownSource', `expected source ${source} among the settings' sources`);
        continue;
      }
      const nameless = own.filter((letter) => letterId(letter) === undefined);
      this.#stay(nameless, 'UnknownRecord', 'expected the row to say which record it was');
      await this.#takeOf(source, nameless.length === 0 ? own : own.filter((letter) => !nameless.includes(letter)));
    }
  }

  /** As many at a time as a transaction takes. */
  async #takeOf(source: string, letters: readonly Letter[]): Promise<void> {
    let size = letters.length;
    for (let first = 0; first < letters.length; ) {
      const some = letters.slice(first, first + size);
      const outcome = await this.#redriveOf(source).take(some);
      if ('kind' in outcome) {
        if (some.length > 1) {
          size = Math.min(Math.max(1, outcome.fitting), some.length - 1);
          continue;
        }
        this.#stay(some, 'TooLarge', 'expected its rows to fit one transaction, and memory beside them, got more');
        first++;
        continue;
      }
      first += some.length;
      size = Math.min(letters.length, 2 * size);
      this.result.before += outcome.before;
      for (const [table, count] of Object.entries(outcome.redriven)) add(this.result.redriven, table, count);
      for (const { letter, error, message } of outcome.staying) this.#stay([letter], error, message);
    }
  }

  #redriveOf(source: string): SourceRedrive {
    const known = this.#sources.get(source);
    if (known !== undefined) return known;
    const made = new SourceRedrive(ingestSettingsOf(this.#ports.settings, source), this.#ports);
    this.#sources.set(source, made);
    return made;
  }

  #stay(letters: readonly Letter[], error: string, message: string): void {
    const { staying, examples } = this.result;
    if (letters.length > 0) add(staying, error, letters.length);
    for (const letter of letters.slice(0, maxExamples - examples.length)) examples.push({ letter, error, message });
  }
}

function add(counts: Record<string, number>, name: string, count: number): void {
  counts[name] = (counts[name] ?? 0) + count;
}
