import { describe, expect, it } from 'vitest';
import { caseOf, finds } from './finds.ts';
import { differenceOf } from './scanner/difference.ts';
import { fuzzScanner, recordsText } from './scanner/fuzz-scanner.ts';

describe('scanner and parser', () => {
  it('agree on what fuzzing has found before', () => {
    for (const find of finds()) expect(differenceOf(caseOf(find)), find.showed).toBeUndefined();
  });

  it('agree on random records for five seconds', () => {
    const { records, scanned, found } = fuzzScanner(1, 5_000);
    expect(found?.difference, found && `seed ${found.seed}:\n${recordsText(found.case)}`).toBeUndefined();
    expect(scanned).toBeGreaterThan(records / 4);
  });
});
