import { UnsupportedFeature } from './errors.ts';

const unitMs: Record<string, number> = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1_000,
  millisecond: 1,
  microsecond: 0.001,
};

/**
 * Milliseconds of a table property that holds an interval as Spark writes it: `interval 1 week`, `30 days`,
 * `interval 1 day 12 hours`. `undefined` for an absent property.
 *
 * @throws {UnsupportedFeature} for any other text: months and years have no fixed length.
 */
export function retentionMs(property: string | undefined): number | undefined {
  if (property === undefined) return undefined;
  const words = property
    .trim()
    .toLowerCase()
    .replace(/^interval\s+/, '')
    .split(/\s+/);
  let sum = 0;
  for (let index = 0; index < words.length; index += 2) {
    const count = Number(words[index]);
    const unit = unitMs[(words[index + 1] ?? '').replace(/s$/, '')];
    if (!Number.isFinite(count) || unit === undefined) {
      throw new UnsupportedFeature(`expected an interval such as "interval 7 days", got "${property}"`);
    }
    sum += count * unit;
  }
  return sum;
}
