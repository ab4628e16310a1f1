import type { ObjectStore } from '#delta/object-store.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Letter, letterId, lineOf } from './letter.ts';
import { RedriveJournal } from './redrive-journal.ts';

/** Tells which letters were redriven, as of when their source partition is first asked about. */
export class RedrivenLetters {
  readonly #ledger: Ledger;
  readonly #journals: ObjectStore;
  readonly #known = new Map<string, Promise<RedriveJournal>>();

  constructor(ledger: Ledger, journals: ObjectStore) {
    this.#ledger = ledger;
    this.#journals = journals;
  }

  async has(letter: Letter): Promise<boolean> {
    const id = letterId(letter);
    if (id === undefined) return false;
    const line = lineOf(letter);
    const journal = this.#known.get(line) ?? this.#load(line);
    this.#known.set(line, journal);
    return (await journal).has(id);
  }

  async #load(line: string): Promise<RedriveJournal> {
    return RedriveJournal.load((await this.#ledger.readCursor(line))?.redriven, this.#journals);
  }
}
