import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { HandoverPorts } from '#pipeline/positions/hand-over.ts';
import type { SourceMapping } from '#pipeline/positions/source-mappings.ts';
import type { SourcePositions } from '#pipeline/positions/source-positions.ts';
import type { LakeWorld } from './capability.ts';
import { deltaTablesFolder } from './delta-tables.ts';

/** What `take-over` and `adopt` work on, over a world; its mappings are off unless a test says otherwise. */
export const handoverPorts = (world: LakeWorld, mappings: SourceMapping[] = []): HandoverPorts => ({
  ledger: world.ledger,
  settings: world.settings,
  logOf: world.logOf,
  codec: checkpointCodec,
  mappings: { of: async () => mappings, turn: async () => undefined },
  clock: world.clock,
  ids: world.ids,
  wait: async (ms) => {
    world.nowMs += ms;
  },
});

/** The folder of the table that the real kafka-delta-ingest wrote, and of its topic; absent without the shared tables. */
export const takeOverFolder = deltaTablesFolder === undefined ? undefined : join(deltaTablesFolder, 'take-over');

export interface TopicRecord {
  partition: number;
  offset: number;
  timestamp: number;
  key: string;
  value: string;
}

export const topicRecords = (folder: string): TopicRecord[] =>
  gunzipSync(readFileSync(join(folder, 'topic.ndjson.gz')))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** Copies a table's files, data before log. */
export async function copyTable(folder: string, store: ObjectStore): Promise<void> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name).slice(folder.length + 1))
    .sort((left, right) => Number(left.startsWith('_')) - Number(right.startsWith('_')) || (left < right ? -1 : 1));
  for (const path of files) await store.put(path, readFileSync(join(folder, path)));
}

/** A topic by where its partitions end; offset n arrived at n seconds. Nothing can be placed in it. */
export function topicPositions(ends: Readonly<Record<string, number>>): SourcePositions {
  return {
    spans: async () => Object.entries(ends).map(([partition, end]) => ({ partition, earliest: '0', end: String(end) })),
    at: async (partition, timeMs) => {
      const offset = Math.ceil(timeMs / 1000);
      return offset < (ends[partition] ?? 0) ? String(offset) : undefined;
    },
    count: async (_, from, to) => ({ records: Number(to) - Number(from), isLeast: false }),
    place: async () => 'unable',
  };
}
