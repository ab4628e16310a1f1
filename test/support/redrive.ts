import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { deadLetterTablesOf } from '#contract/dead-letter-table.ts';
import { deadLetterTable } from '#contract/settings.ts';
import type { Letter } from '#pipeline/redrive/letter.ts';
import type { LetterFilter } from '#pipeline/redrive/letter-filter.ts';
import { readLetters } from '#pipeline/redrive/read-letters.ts';
import { type Redriven, type RedrivePorts, redriveLetters } from '#pipeline/redrive/redrive-letters.ts';
import type { LakeWorld } from './capability.ts';

/** Settings of a source of orders: those whose ids are wrapped are refused until a transform unwraps them. */
export const orders = (more = '', tables = '') => `
clusters: { broker: { kind: selfManaged, bootstrapServers: ['127.0.0.1:9092'] } }
sources:
  orders:
    kafka: { cluster: broker, topic: orders-topic, partitions: 2 }
    table: orders
    ${more}
tables:
  orders: { positionColumns: true, latency: 5s, evolution: add, schema: [{ name: id, type: long }] }
  dead_letters: { latency: 5s }
  ${tables}
`;

/** The ids of a table's rows, sorted. */
export const idsIn = async (world: LakeWorld, table = 'orders') =>
  (await world.rows(table)).map(({ id }) => id).toSorted((left, right) => Number(left) - Number(right));

export async function* lettersOf(world: LakeWorld, filter: LetterFilter = {}): AsyncGenerator<Letter> {
  for (const table of deadLetterTablesOf(world.settings)) {
    yield* readLetters(world.storeOf(table), checkpointCodec, filter);
  }
}

/** What redrives work with, by the world's settings as they are now. */
export const redrivePorts = (world: LakeWorld): RedrivePorts => ({
  ...world.ingestPorts,
  settings: world.settings,
  journals: world.storeOf(deadLetterTable),
});

/** Redrives what a filter means, as an operator does who has the world's settings. */
export const redrive = (
  world: LakeWorld,
  filter: LetterFilter = {},
  more: Partial<RedrivePorts> = {},
): Promise<Redriven> => redriveLetters(lettersOf(world, filter), { ...redrivePorts(world), ...more });
