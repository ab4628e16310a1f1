import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { deadLetterTablesOf } from '#contract/dead-letter-table.ts';
import { deadLetterTable } from '#contract/settings.ts';
import type { Letter } from '#pipeline/redrive/letter.ts';
import type { LetterFilter } from '#pipeline/redrive/letter-filter.ts';
import { readLetters } from '#pipeline/redrive/read-letters.ts';
import { type Redriven, type RedrivePorts, redriveLetters } from '#pipeline/redrive/redrive-letters.ts';
import type { LakeWorld } from './capability.ts';

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
