import { SeededRandom } from '../../../scripts/local/seeded-random.ts';
import type { ScannerCase } from './difference.ts';
import { mutated } from './mutate.ts';
import { Producer } from './producer.ts';
import { randomSchema } from './random-schema.ts';

const batchesPerCase = 3;

/** The case that a seed names: a table, some producers, and batches of their records, some of them broken. */
export function randomCase(seed: number): ScannerCase {
  const random = new SeededRandom(seed * 7_919);
  const positionColumns = random.next() < 0.25;
  const schema = randomSchema(random, positionColumns);
  const producers = Array.from({ length: random.pick([1, 1, 2, 3, 9]) }, () => new Producer(schema, random));
  const brokenShare = random.pick([0, 0.01, 0.1]);
  let last = Buffer.from('{}');
  const batches = Array.from({ length: batchesPerCase }, () =>
    Array.from({ length: random.next() < 0.01 ? 3_000 : random.pick([1, 17, 100, 300]) }, () => {
      if (random.next() < 0.005) return undefined;
      const payload = Buffer.from(random.pick(producers).record(random));
      const sent = random.next() < brokenShare ? mutated(payload, last, random) : payload;
      last = payload;
      return sent;
    }),
  );
  return { schema, positionColumns, batches };
}
