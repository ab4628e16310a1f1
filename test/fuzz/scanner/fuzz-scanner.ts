import type { Difference, ScannerCase, Tally } from './difference.ts';
import { randomCase } from './random-case.ts';
import { outcomeOf, shrunk } from './shrink.ts';

const shrinkMs = 20_000;

export interface Fuzzed extends Tally {
  /** One past the last seed. */
  nextSeed: number;
  found?: { seed: number; difference: Difference; case: ScannerCase };
}

/** Tries one seed after another until time is up or scanner and parser differ. */
export function fuzzScanner(firstSeed: number, ms: number): Fuzzed {
  const endMs = performance.now() + ms;
  const tally: Tally = { records: 0, scanned: 0 };
  let seed = firstSeed;
  do {
    const candidate = randomCase(seed);
    const difference = outcomeOf(candidate, tally);
    if (difference !== undefined) {
      const [smallest, how] = shrunk(candidate, difference, performance.now() + shrinkMs);
      return { nextSeed: seed + 1, ...tally, found: { seed, difference: how, case: smallest } };
    }
    seed++;
  } while (performance.now() < endMs);
  return { nextSeed: seed, ...tally };
}

/** The records of a case, readable. */
export const recordsText = ({ batches }: ScannerCase): string =>
  batches
    .flatMap((batch) =>
      batch.map((payload) => (payload === undefined ? 'tombstone' : JSON.stringify(payload.toString('latin1')))),
    )
    .join('\n');
