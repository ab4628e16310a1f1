import type { Cursor, CursorMove, Ledger } from '../ledger/ledger.ts';
import { compareEnds, comparePositions, type Position, type PositionRun, positionBefore } from '../ledger/position.ts';

/** Names of tables that a seek back concerns. */
export interface SeekEffect {
  /** Those that have rows of what is read again, and get none of them twice. */
  keep: string[];
  /** Those that get again what they have. */
  repeat: string[];
}

export interface Sought {
  to: Position;
  direction: 'back' | 'ahead' | 'stays';
  /** Names of tables. */
  repeat: readonly string[] | 'all';
  recreated: boolean;
  /** Of the source partition's redrives: tables that have rows of its dead letters count as fed. */
  redriven: Pick<Cursor, 'ordinals'> | undefined;
}

/**
 * What a seek makes of a cursor. What tables have taken so far stays taken: of what is read again, rows are made for those tables
 * alone that are to repeat, or that the source partition has not fed. Where the source was made anew nothing of it is known.
 */
export async function soughtCursor(
  cursor: Cursor | undefined,
  { to, direction, repeat, recreated, redriven }: Sought,
  ledger: Pick<Ledger, 'tableById'>,
): Promise<{ next: CursorMove['next']; effect: SeekEffect }> {
  const { position, start, ordinals = {}, greatestTimestampMs = 0, batchEnds = [] } = cursor ?? {};
  const stands = direction === 'stays' && !recreated;
  const effect: SeekEffect = { keep: [], repeat: [] };
  const floors: Cursor['floors'] = {};
  const taken: NonNullable<Cursor['taken']> = {};
  for (const tableId of new Set([...tablesOf(cursor), ...Object.keys(redriven?.ordinals ?? {})])) {
    const table = await ledger.tableById(tableId);
    const ordinal = ordinals[tableId] ?? redriven?.ordinals[tableId];
    const isOther = ordinal !== undefined && ordinal.incarnation !== table?.incarnation;
    if (recreated || (isOther && !stands)) continue;
    const tableName = table?.tableName ?? tableId;
    const repeats = repeat === 'all' || repeat.includes(tableName);
    const told = { floor: cursor?.floors[tableId], runs: cursor?.taken?.[tableId] ?? [] };
    const known = stands ? told : knownOf(cursor, tableId, ordinal !== undefined);
    const isConcerned = direction === 'back' ? hasAny(known) : repeats && reaches(known, to);
    if (isConcerned) (repeats ? effect.repeat : effect.keep).push(tableName);
    const { floor, runs } = repeats ? upTo(to, known) : stands ? known : simplified(known);
    if (floor !== undefined) floors[tableId] = floor;
    if (runs.length > 0) taken[tableId] = runs;
  }
  const isForgotten = recreated || direction === 'back';
  const stays = stands && position !== undefined;
  return {
    effect: { keep: effect.keep.sort(), repeat: effect.repeat.sort() },
    next: {
      ...(isForgotten || position === undefined ? {} : { position }),
      ...(stays ? (start === undefined ? {} : { start }) : { start: to }),
      ordinals: { ...ordinals },
      floors,
      ...takenOf(taken),
      greatestTimestampMs: recreated ? 0 : greatestTimestampMs,
      batchEnds: isForgotten ? [] : batchEnds,
    },
  };
}

const tablesOf = (cursor: Cursor | undefined): Set<string> =>
  new Set([cursor?.ordinals, cursor?.floors, cursor?.taken].flatMap((part) => Object.keys(part ?? {})));

const takenOf = (taken: Cursor['taken'] = {}): Pick<Cursor, 'taken'> =>
  Object.keys(taken).length === 0 ? {} : { taken };

/** What a table has of a source partition: all up to a floor, and runs beyond it. */
interface Known {
  floor: Position | undefined;
  runs: PositionRun[];
}

const hasAny = ({ floor, runs }: Known): boolean => floor !== undefined || runs.length > 0;

/** Whether a table has something at a position or beyond it. */
const reaches = ({ floor, runs }: Known, position: Position): boolean =>
  [floor, ...runs.map(({ to }) => to)].some((end) => end !== undefined && comparePositions(end, position) >= 0);

/** Reading has brought to the table whatever lies from where it began to the cursor. */
function knownOf(cursor: Cursor | undefined, tableId: string, hasRows: boolean): Known {
  const { position, start, floors = {}, taken = {} } = cursor ?? {};
  const floor = floors[tableId];
  const runs = [...(taken[tableId] ?? [])];
  if (!hasRows || position === undefined) return { floor, runs };
  if (start === undefined) return { floor: greatest(position, floor), runs };
  return comparePositions(start, position) > 0 ? { floor, runs } : { floor, runs: [...runs, runOf(start, position)] };
}

/** Of one record too: a run whose ends are written alike is that of a record which a transaction made a dead letter alone. */
const runOf = (from: Position, to: Position): PositionRun => ({
  from: from === to && !from.includes('.') ? `${from}.0` : from,
  to,
});

/** Without runs that the floor or another run has; in order. */
function simplified({ floor, runs }: Known): Known {
  const kept: PositionRun[] = [];
  let furthest = floor;
  const sorted = runs.toSorted(
    (left, right) => comparePositions(left.from, right.from) || compareEnds(right.to, left.to),
  );
  for (const run of sorted) {
    if (furthest !== undefined && compareEnds(run.to, furthest) <= 0) continue;
    furthest = run.to;
    kept.push(run);
  }
  return { floor, runs: kept };
}

/** What lies before stays taken, the rest is to come again. */
function upTo(to: Position, { floor, runs }: Known): Known {
  const before = positionBefore(to);
  if (before === undefined) return { floor: undefined, runs: [] };
  const least = (position: Position) => (compareEnds(position, before) < 0 ? position : before);
  return simplified({
    floor: floor === undefined ? undefined : least(floor),
    runs: runs
      .filter(({ from }) => comparePositions(from, before) <= 0)
      .map((run) => (compareEnds(run.to, before) <= 0 ? run : runOf(run.from, before))),
  });
}

const greatest = (left: Position, right: Position | undefined): Position =>
  right === undefined || compareEnds(left, right) >= 0 ? left : right;
