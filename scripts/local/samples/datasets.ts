import { readDataset } from './dataset.ts';
import { parseKeepingNumbers } from './exact-json.ts';
import { type Sample, sampleKey } from './sample.ts';

const toSamples = (set: string, records: readonly unknown[]): Sample[] =>
  records.map((record, index) => ({ key: sampleKey(set, index), value: JSON.stringify(record) }));

/** 200,000 flights: `delay`, `distance`, `time`. */
export const flightSamples = async (): Promise<Sample[]> =>
  toSamples('flight', parseKeepingNumbers(await readDataset('flights-200k.json')) as unknown[]);

/** A week of earthquakes as GeoJSON features: nested, with nulls and arrays. */
export async function earthquakeSamples(): Promise<Sample[]> {
  const { features } = parseKeepingNumbers(await readDataset('earthquakes.json')) as { features: unknown[] };
  return toSamples('earthquake', features);
}

/** 3,201 movies, as untidy as they come: names with spaces, numbers among titles, text among numbers. */
export const movieSamples = async (): Promise<Sample[]> =>
  toSamples('movie', parseKeepingNumbers(await readDataset('movies.json')) as unknown[]);
