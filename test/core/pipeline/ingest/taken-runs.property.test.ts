import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TakenRuns } from '#pipeline/ingest/taken-runs.ts';
import { comparePositions, isUpTo, type PositionRun } from '#pipeline/ledger/position.ts';

const position = fc.oneof(
  fc.nat({ max: 12 }).map(String),
  fc.tuple(fc.nat({ max: 12 }), fc.nat({ max: 3 })).map(([sequence, part]) => `${sequence}.${part}`),
);
const runs = fc.array(fc.record({ from: position, to: position }), { maxLength: 8 });

const isWithin = (asked: string, { from, to }: PositionRun): boolean =>
  comparePositions(from, asked) <= 0 && isUpTo(asked, to);

test('a table has what one of its runs has, in whatever order they are', () => {
  fc.assert(
    fc.property(runs, position, (told, asked) => {
      const taken = new TakenRuns(told);
      const meant = told.filter(({ from, to }) => isWithin(from, { from, to }));
      expect(new TakenRuns(meant).has(asked)).toBe(meant.some((run) => isWithin(asked, run)));
      expect(taken.hasAlone(asked)).toBe(told.some(({ from, to }) => from === to && to === asked));
    }),
    { numRuns: 500 },
  );
});
