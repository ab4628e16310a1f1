import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cursorValues, type Item, toCursor } from '#adapters/aws/ledger-items.ts';
import { packRuns, unpackRuns } from '#adapters/aws/packed-runs.ts';
import type { CursorMove } from '#pipeline/ledger/ledger.ts';

const position = fc.oneof(
  fc.nat({ max: 40 }).map(String),
  fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 3 })).map(([sequence, part]) => `${sequence}.${part}`),
);
const taken = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 4 }).filter((name) => name !== '__proto__'),
  fc.array(fc.record({ from: position, to: position }), { minLength: 1, maxLength: 8 }),
  { maxKeys: 6, noNullPrototype: true },
);

test('runs are what they were, in their order', () => {
  fc.assert(
    fc.property(taken, (runs) => {
      expect(unpackRuns(packRuns(runs))).toEqual(runs);
    }),
  );
});

const moveOf = (next: Partial<CursorMove['next']>): CursorMove => ({
  sourcePartition: 'orders/0',
  expectedRevision: 3,
  next: { position: '7', ordinals: {}, floors: {}, greatestTimestampMs: 5, batchEnds: [], ...next },
});

/** As DynamoDB would answer the item. */
function read(move: CursorMove) {
  const values = cursorValues(move);
  const item = { body: values[':body'], revision: values[':revision'], position: values[':position'] } as Item;
  return { cursor: toCursor('orders/0', item), values };
}

/** Sequence numbers of Kinesis, of which most digits tell nothing of the next. */
function* sequences(): Generator<string> {
  let state = 1n;
  let last = 0n;
  for (;;) {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    last += 10n ** 16n * (state % 10n ** 16n) + state;
    yield `4965${String(last).padStart(52, '0')}`;
  }
}

test('a cursor holds as many runs as a restored ledger may tell it', () => {
  const numbers = sequences().take(12_000).toArray();
  const tables = Array.from({ length: 400 }, (_, table) => {
    const runs = Array.from({ length: 100 }, (_, run) => {
      const place = (table * 31 + run * 119) % 11_990;
      return { from: numbers[place] as string, to: numbers[place + 1 + (run % 9)] as string };
    });
    return [`00000000-0000-4000-8000-${String(table).padStart(12, '0')}`, runs] as const;
  });
  const move = moveOf({ taken: Object.fromEntries(tables) });
  const { cursor, values } = read(move);
  expect(values[':body']?.B?.length).toBeLessThan(390_000);
  expect(cursor).toMatchObject({ ...move.next, revision: 4 });
});

test('and says so where they are too many', () => {
  const numbers = sequences().take(60_000).toArray();
  const runs = numbers.map((from) => ({ from, to: from }));
  expect(() => cursorValues(moveOf({ taken: { t: runs } }))).toThrow(
    'source partition orders/0: expected its cursor to take at most 390000 bytes, got',
  );
});

test('an item of before is read as it was written', () => {
  const { position: _, ...body } = moveOf({ taken: { t: [{ from: '8', to: '9' }] } }).next;
  const item: Item = { body: { S: JSON.stringify(body) }, revision: { N: '2' } };
  expect(toCursor('orders/0', item).taken).toEqual({ t: [{ from: '8', to: '9' }] });
});
