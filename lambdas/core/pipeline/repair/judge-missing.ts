import type { TableSettings } from '#contract/table-settings.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { MissingFiles } from './missing-files.ts';
import { countedNow, filesWithin, noTally, type RepairTally } from './repair-tally.ts';

/** Other repairs of the table may publish their counts first this often before something is wrong. */
const maxRaces = 20;

/** Unexplained files that one run of a repair has counted so far, and that it has taken out of the log. */
export interface RunCount {
  counted: number;
  removed: number;
}

export interface MissingCase {
  tableId: string;
  found: MissingFiles;
  settings: Pick<TableSettings['repair'], 'maxMissingRatio' | 'missingWindowMs'>;
  /** A ratio that a person names for this run: it is judged alone, and what was counted before is forgotten. */
  namedRatio: number | undefined;
  /** Every live file was looked for: what was refused before and is missing still is among what was found. */
  isScan: boolean;
  dryRun: boolean;
  nowMs: number;
  run: RunCount;
}

export interface Judgement {
  isTooMany: boolean;
  /** Unexplained files that were found within the window before, and count with these. */
  lately: number;
}

/**
 * Whether more files are missing than may be, those of the window before counted in, and counts them at once: what is about to
 * be removed before it is, so that a crash counts too much and never too little.
 */
export async function judgeMissing(
  missing: MissingCase,
  ledger: Pick<Ledger, 'repairTallyOf' | 'publishRepairTally'>,
): Promise<Judgement> {
  const { tableId, found, isScan, dryRun, run } = missing;
  if (found.unexpectedFiles === 0 && !isScan) return { isTooMany: false, lately: 0 };
  for (let race = 0; race < maxRaces; race++) {
    const tally = (await ledger.repairTallyOf(tableId)) ?? noTally;
    const judgement = judge(missing, tally);
    const next = { ...tallyAfter(missing, judgement, tally), revision: tally.revision + 1 };
    const isSame = JSON.stringify({ ...next, revision: 0 }) === JSON.stringify({ ...tally, revision: 0 });
    if (dryRun || isSame || (await ledger.publishRepairTally(tableId, next)) === 'published') {
      if (!judgement.isTooMany) run.counted = Math.max(run.counted, run.removed + toRemove(found));
      return judgement;
    }
  }
  throw new Error(`table id ${tableId}: expected to count its missing files within ${maxRaces} rounds`);
}

function judge({ found, settings, namedRatio, isScan, nowMs, run }: MissingCase, tally: RepairTally): Judgement {
  const { unexpectedFiles, liveFiles } = found;
  if (namedRatio !== undefined) return { isTooMany: unexpectedFiles > namedRatio * liveFiles, lately: 0 };
  const { maxMissingRatio, missingWindowMs } = settings;
  const within = (counts: RepairTally['removed']) => filesWithin(counts, nowMs, missingWindowMs);
  const removed = within(tally.removed) - run.counted + run.removed;
  const lately = removed + (isScan ? 0 : within(tally.refused));
  const missing = Math.min(unexpectedFiles + lately, liveFiles + removed);
  return { isTooMany: unexpectedFiles > 0 && missing > maxMissingRatio * (liveFiles + removed), lately };
}

function tallyAfter(
  { found, settings: { missingWindowMs }, namedRatio, isScan, nowMs, run }: MissingCase,
  { isTooMany }: Judgement,
  { removed, refused }: RepairTally,
): Pick<RepairTally, 'removed' | 'refused'> {
  if (namedRatio !== undefined) return isTooMany ? { removed, refused } : { removed: [], refused: [] };
  const isRefused = isTooMany ? found.unexpectedFiles : 0;
  const more = isTooMany ? 0 : Math.max(0, run.removed + toRemove(found) - run.counted);
  return {
    removed: countedNow(removed, more, nowMs, missingWindowMs),
    refused: countedNow(isScan ? [] : refused, isRefused, nowMs, missingWindowMs),
  };
}

const toRemove = ({ missing }: MissingFiles): number => missing.filter(({ isExpected }) => !isExpected).length;
