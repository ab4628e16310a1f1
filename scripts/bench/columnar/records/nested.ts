import type { SeededRandom } from '../../../local/seeded-random.ts';

const tiers = ['basic', 'silver', 'gold'] as const;
const tags = ['gift', 'express', 'returning', 'mobile', 'coupon', 'bulk'] as const;
const firstMs = Date.UTC(2026, 0, 15, 8);

const several = <T>(random: SeededRandom, most: number, make: () => T): T[] =>
  Array.from({ length: random.integer(0, most) }, make);

/** Orders: two structs, an array of strings and an array of structs; some structs are missing or null. */
export function* nestedRecords(random: SeededRandom): Generator<string> {
  for (let ms = firstMs, number = 0; ; ms += random.integer(0, 60), number++) {
    const items = several(random, 4, () => ({
      sku: `SKU-${String(random.integer(0, 999)).padStart(5, '0')}`,
      quantity: random.integer(1, 9),
      price: random.integer(99, 99_999) / 100,
    }));
    const position = { latitude: random.integer(-90_000, 90_000) / 1000, longitude: random.integer(0, 180_000) / 1000 };
    yield JSON.stringify({
      timestamp: new Date(ms).toISOString(),
      order_id: `order-${String(number).padStart(9, '0')}`,
      customer: {
        id: `c_${random.integer(0, 20_000)}`,
        tier: random.pick(tiers),
        ...(random.next() < 0.1 ? {} : { verified: random.next() < 0.5 }),
      },
      ...(random.next() < 0.2 ? {} : { position: random.next() < 0.1 ? null : position }),
      tags: several(random, 3, () => random.pick(tags)),
      items,
      total: Math.round(items.reduce((sum, { quantity, price }) => sum + quantity * price, 0) * 100) / 100,
    });
  }
}
