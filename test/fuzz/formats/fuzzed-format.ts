import type { SeededRandom } from '../../../scripts/local/seeded-random.ts';

/** A format, or what payloads are wrapped in, as fuzzing knows it. */
export interface FuzzedFormat {
  /** Lines of the source's settings: its `format`, its `envelope`. Files are named from `schemas/`. */
  settings(random: SeededRandom): string;
  /** A payload that becomes a record, as a producer writes it for these settings. */
  payload(random: SeededRandom, settings: string): Uint8Array;
}
