import { describe, expect, it } from 'vitest';
import { columnKeyOf } from '#contract/column-name.ts';
import { caseOf, finds } from './finds.ts';
import { differenceOf, type ScannerCase } from './scanner/difference.ts';
import { fuzzScanner, recordsText } from './scanner/fuzz-scanner.ts';
import { randomCase } from './scanner/random-case.ts';

/** Seeds among which some case shows any fault that most records would. */
const seeds = Array.from({ length: 40 }, (_, index) => index + 1);

describe('scanner and parser', () => {
  it('agree on what fuzzing has found before', () => {
    for (const find of finds()) expect(differenceOf(caseOf(find)), find.showed).toBeUndefined();
  });

  it('agree on random records for five seconds', () => {
    const { records, scanned, found } = fuzzScanner(1, 5_000);
    expect(found?.difference, found && `seed ${found.seed}:\n${recordsText(found.case)}`).toBeUndefined();
    expect(scanned).toBeGreaterThan(records / 4);
  });

  it('are told apart where the scanner does not make a name a column', () => {
    const faulty = { nameOf: (name: string) => name, keyOf: columnKeyOf };
    const differ = (candidate: ScannerCase) => differenceOf(candidate, undefined, faulty);
    const shown = seeds.map(randomCase).find((candidate) => differ(candidate) !== undefined);
    expect(shown).toBeDefined();
  });
});
