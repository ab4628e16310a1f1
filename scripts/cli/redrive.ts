import { setTimeout } from 'node:timers/promises';
import { poisonClass } from '#pipeline/ingest/decode-record.ts';
import type { Letter } from '#pipeline/redrive/letter.ts';
import type { LetterFilter } from '#pipeline/redrive/letter-filter.ts';
import { type Redriven, redriveLetters } from '#pipeline/redrive/redrive-letters.ts';
import type { DeadLetters } from './dead-letters.ts';
import { letterJson } from './letter-text.ts';
import { countText } from './text-table.ts';

export interface RedriveChoice {
  filter: LetterFilter;
  /** Letters that were not redriven before, at most. */
  limit: number;
  asJson: boolean;
}

const behindPauseMs = 5_000;
/** So long a table may be behind without catching up. */
const mostPauses = 120;

/** Waits a little each time that a table's committer is behind, and gives up in the end. */
function patience(): (error: Error) => Promise<void> {
  let pauses = 0;
  return async (error) => {
    if (++pauses > mostPauses) throw error;
    await setTimeout(behindPauseMs);
  };
}

/** Redrives the letters that an operator chose, and says what became of them. */
export async function redriveVerb(
  { read, redriven, redrivePorts }: DeadLetters,
  { filter, limit, asJson }: RedriveChoice,
): Promise<string> {
  const left = { poison: 0, before: 0 };
  async function* chosen(): AsyncGenerator<Letter> {
    let taken = 0;
    for await (const letter of read(filter)) {
      if (letter.error === poisonClass && filter.error !== poisonClass) {
        left.poison++;
        continue;
      }
      if (await redriven.has(letter)) {
        left.before++;
        continue;
      }
      if (taken++ >= limit) return;
      yield letter;
    }
  }
  const result = await redriveLetters(chosen(), { ...redrivePorts, whenBehind: patience() });
  const before = result.before + left.before;
  if (!asJson) return linesOf({ ...result, before }, left.poison).join('\n');
  const examples = result.examples.map(({ letter, error, message }) => ({
    ...letterJson(letter, false, false),
    now: { error, message },
  }));
  return JSON.stringify({ ...result, before, poison: left.poison, examples });
}

function linesOf({ redriven, before, staying, examples }: Redriven, poison: number): string[] {
  const lines = Object.entries(redriven).map(
    ([table, count]) => `${countText(count)} dead letters are rows of table ${table}, with its next commit.`,
  );
  if (lines.length === 0) lines.push('No dead letter became a row.');
  if (before > 0) lines.push(`${countText(before)} were redriven before.`);
  if (poison > 0)
    lines.push(`${countText(poison)} of class ${poisonClass} are left alone: --error ${poisonClass} takes them.`);
  for (const [error, count] of Object.entries(staying)) lines.push(`${countText(count)} stay: ${error}.`);
  for (const { letter, error, message } of examples) {
    const { source, partition = '-', position = letter.rowId ?? '-' } = letter;
    lines.push(`  ${source}/${partition} at ${position}: ${error}: ${message}`);
  }
  return lines;
}
