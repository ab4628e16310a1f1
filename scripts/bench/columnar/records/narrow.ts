import type { SeededRandom } from '../../../local/seeded-random.ts';

const metrics = ['temperature', 'humidity', 'pressure', 'voltage'] as const;
const firstMs = Date.UTC(2026, 0, 15, 8);

/** Measurements of devices: five columns, no nulls. */
export function* narrowRecords(random: SeededRandom): Generator<string> {
  for (let ms = firstMs; ; ms += random.integer(0, 4)) {
    yield JSON.stringify({
      timestamp: new Date(ms).toISOString(),
      device_id: `dev-${String(random.integer(0, 4_999)).padStart(6, '0')}`,
      metric: random.pick(metrics),
      value: random.integer(0, 10_000) / 100,
      ok: random.next() < 0.9,
    });
  }
}
