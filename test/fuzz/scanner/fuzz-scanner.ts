import type { Difference, ScannerCase } from './difference.ts';
import { randomCase } from './random-case.ts';
import { outcomeOf, shrunk } from './shrink.ts';

const shrinkMs = 20_000;

export interface Fuzzed {
  /** One past the last seed. */
  nextSeed: number;
  records: number;
  found?: { seed: number; difference: Difference; case: ScannerCase };
}

/** Tries one seed after another until time is up or scanner and parser differ. */
export function fuzzScanner(firstSeed: number, ms: number): Fuzzed {
  const endMs = performance.now() + ms;
  let records = 0;
  let seed = firstSeed;
  do {
    const candidate = randomCase(seed);
    records += candidate.batches.reduce((sum, batch) => sum + batch.length, 0);
    const difference = outcomeOf(candidate);
    if (difference !== undefined) {
      const [smallest, how] = shrunk(candidate, difference, performance.now() + shrinkMs);
      return { nextSeed: seed + 1, records, found: { seed, difference: how, case: smallest } };
    }
    seed++;
  } while (performance.now() < endMs);
  return { nextSeed: seed, records };
}

/** The records of a case, readable. */
export const recordsText = ({ batches }: ScannerCase): string =>
  batches
    .flatMap((batch) =>
      batch.map((payload) => (payload === undefined ? 'tombstone' : JSON.stringify(payload.toString('latin1')))),
    )
    .join('\n');
