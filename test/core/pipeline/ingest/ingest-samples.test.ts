import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ingestWorld, record } from '../../../support/ingest.ts';

const samples = join(import.meta.dirname, '../../../../node_modules/vega-datasets/data');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alluvium-samples-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Ingests values as records of two source partitions, some to a batch, and asks DuckDB about all staged files. */
async function ingested(values: readonly unknown[], batchRecords: number, table: Record<string, unknown> = {}) {
  const world = ingestWorld(table);
  for (let first = 0; first < values.length; first += batchRecords) {
    const batch = values.slice(first, first + batchRecords);
    await world.ingest(
      batch.map((value, index) => record(first + index, JSON.stringify(value), { partition: String(index % 2) })),
    );
  }
  const home = await mkdtemp(join(folder, 'lake-'));
  const files: string[] = [];
  for (const { files: staged } of await world.manifests('clicks')) {
    for (const { path } of staged) {
      files.push(join(home, `${files.length}.parquet`));
      await writeFile(files.at(-1)!, world.stores.get('clicks')!.objects.get(path)!.bytes);
    }
  }
  const query = async (select: string) => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const list = files.map((file) => `'${file}'`).join();
    const result = await connection.runAndReadAll(
      `SELECT ${select} FROM read_parquet([${list}], union_by_name = true)`,
    );
    connection.closeSync();
    instance.closeSync();
    return result.getRowObjectsJson();
  };
  return { world, query };
}

test('movies: every row, untidy titles as they are written', async () => {
  const movies = JSON.parse(await readFile(join(samples, 'movies.json'), 'utf8')) as Record<string, unknown>[];
  const { world, query } = await ingested(movies, 1000);
  expect(await world.rows('dead_letters')).toEqual([]);
  const rows = await query('Title, US_Gross, IMDB_Rating, Director, Release_Date');
  const key = (row: unknown[]) => JSON.stringify(row);
  const number = (value: unknown) => (value === null ? null : Number(value));
  expect(
    rows
      .map((row) => key([row.Title, number(row.US_Gross), number(row.IMDB_Rating), row.Director, row.Release_Date]))
      .sort(),
  ).toEqual(
    movies
      .map((movie) => {
        const title = movie.Title === null ? null : String(movie.Title);
        return key([title, movie['US Gross'], movie['IMDB Rating'], movie.Director, movie['Release Date']]);
      })
      .sort(),
  );
});

test('earthquakes: nested structs and arrays', async () => {
  const { features } = JSON.parse(await readFile(join(samples, 'earthquakes.json'), 'utf8')) as {
    features: {
      id: string;
      geometry: { coordinates: number[] };
      properties: { mag: number | null; time: number; place: string };
    }[];
  };
  const { world, query } = await ingested(features, 500);
  expect(await world.rows('dead_letters')).toEqual([]);
  const rows = await query(
    'id, geometry.coordinates AS xyz, properties.mag AS mag, properties.time AS time, properties.place AS place',
  );
  const byId = (left: { id?: unknown }, right: { id?: unknown }) => (String(left.id) < String(right.id) ? -1 : 1);
  expect(rows.map((row): Record<string, unknown> => ({ ...row, time: Number(row.time) })).sort(byId)).toEqual(
    features
      .map(({ id, geometry, properties }) => ({
        id,
        xyz: geometry.coordinates,
        mag: properties.mag,
        time: properties.time,
        place: properties.place,
      }))
      .sort(byId),
  );
});
