import { deadLetterTable } from '#contract/settings.ts';
import { Broken } from './lake.ts';
import { mostMadeTables, suffixes } from './sources.ts';
import { redrivenMark, type World } from './world.ts';

/** A record alone in its batch is poison after as many deaths. */
const suspectDeaths = 3;

/**
 * The invariant: each accepted record once in its table, each refused one once in the dead letters, versions without gaps,
 * nothing that an outside writer was told lost.
 *
 * @throws {Broken} naming the record and what was found.
 */
export async function judge(world: World): Promise<void> {
  for (const table of world.tableNames) await world.lake.judgeLog(table);
  const counted = new Map<string, { rows: number; deadLetters: number }>();
  const countOf = (name: string) => {
    const count = counted.get(name) ?? { rows: 0, deadLetters: 0 };
    counted.set(name, count);
    return count;
  };
  const tables = new Map([...world.expected.keys()].map((record) => [world.nameOf(record), record.table]));
  const ofRecords = world.tableNames.filter((table) => table !== deadLetterTable);
  for (const table of ofRecords) {
    for (const row of world.lake.rows(table)) {
      countOf(row).rows++;
      const wanted = tables.get(row) ?? 'events';
      if (wanted !== table) throw new Broken(`${row}: expected it in ${wanted}, found it in ${table}`);
    }
  }
  const made = ofRecords.filter((table) => table !== 'events');
  for (const [source, own] of Object.entries(suffixes)) {
    const ofSource = made.filter((table) => own.some((suffix) => table.endsWith(suffix)));
    if (ofSource.length > mostMadeTables && !world.scenario.ledgerRestored)
      throw new Broken(`${source}: expected at most ${mostMadeTables} tables to be made, found ${ofSource.join()}`);
  }
  for (const row of world.lake.rows(deadLetterTable)) countOf(row).deadLetters++;

  for (const [record, times] of world.expected) {
    const name = world.nameOf(record);
    const { rows, deadLetters } = countOf(name);
    counted.delete(name);
    const found = `${rows} rows and ${deadLetters} dead letters`;
    judgeRedriven(world, name, { deadLetters, again: countOf(`${redrivenMark}${name}`).rows });
    counted.delete(`${redrivenMark}${name}`);
    const isSuspect = (world.deaths.get(record) ?? 0) >= suspectDeaths;
    // Poison is not decoded: nobody knows that it would have been dropped.
    if (record.fate === 'dropped' && isSuspect && rows === 0) continue;
    // Whether a table of a lost ledger took it as a row cannot be told of poison: it is kept rather than lost.
    if (record.fate === 'row' && isSuspect && world.scenario.ledgerRestored && rows === times) continue;
    // Its file has expired: it may have been made into another one before.
    if (world.expired.has(name) && rows + deadLetters < times) continue;
    if (rows + deadLetters !== times)
      throw new Broken(`record ${name} (${record.fate}): expected it ${times} times, found ${found}`);
    if (record.fate === 'row' && deadLetters > 0 && !isSuspect)
      throw new Broken(`record ${name}: expected rows, found ${found}`);
    const isMade = made.includes(record.table);
    const isRow = isMade && record.fate === 'rowOrDeadLetter';
    if (isRow && deadLetters > 0 && !isSuspect)
      throw new Broken(`record ${name}: expected rows of ${record.table}, which was made, found ${found}`);
    if (record.fate === 'deadLetter' && rows > 0)
      throw new Broken(`record ${name}: expected dead letters, found ${found}`);
  }
  for (const row of world.told) {
    if (countOf(row).rows !== 1 && !(world.expired.has(row) && countOf(row).rows === 0))
      throw new Broken(`${row}: told committed once, found ${countOf(row).rows} times`);
    counted.delete(row);
  }
  for (const [name, { rows, deadLetters }] of counted) {
    // An outside writer that heard no answer may have committed all the same, and may have done so again.
    if (!name.startsWith('outside '))
      throw new Broken(`${name}: expected no such row, found ${rows} and ${deadLetters}`);
  }
}

/** A record that has dead letters, be it of several deliveries, is redriven once. */
function judgeRedriven(
  { scenario, expired }: World,
  name: string,
  { deadLetters, again }: { deadLetters: number; again: number },
): void {
  const isGone = scenario.tableRecreated || expired.has(`${redrivenMark}${name}`);
  const wanted = scenario.redriven && deadLetters > 0 ? 1 : 0;
  if (again > wanted || (again < wanted && !isGone))
    throw new Broken(
      `record ${name} with ${deadLetters} dead letters: expected it redriven ${wanted} times, found ${again}`,
    );
}
