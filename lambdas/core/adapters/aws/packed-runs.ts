import type { Cursor } from '#pipeline/ledger/ledger.ts';
import { comparePositions, type Position, type PositionRun } from '#pipeline/ledger/position.ts';

type Taken = NonNullable<Cursor['taken']>;

/**
 * What tables have beyond a cursor, as its item holds it: tables' runs begin and end at the same positions, the ends of batches, so that
 * each is written once.
 */
export interface PackedRuns {
  /** In order, each once. */
  positions: Position[];
  /** By table id: first and last place of each run among the positions, each as the difference from the number before. */
  tables: Record<string, number[]>;
}

export function packRuns(taken: Taken): PackedRuns {
  const distinct = new Set(Object.values(taken).flatMap((runs) => runs.flatMap(({ from, to }) => [from, to])));
  const positions = [...distinct].sort((left, right) => comparePositions(left, right) || left.length - right.length);
  const placeOf = new Map(positions.map((position, place) => [position, place]));
  const tables = Object.entries(taken).map(([tableId, runs]) => {
    let last = 0;
    const numbers = runs.flatMap(({ from, to }) => [from, to]).map((position) => placeOf.get(position) as number);
    const differences = numbers.map((place) => {
      const difference = place - last;
      last = place;
      return difference;
    });
    return [tableId, differences] as const;
  });
  return { positions, tables: Object.fromEntries(tables) };
}

export function unpackRuns({ positions, tables }: PackedRuns): Taken {
  const runsOf = (differences: readonly number[]): PositionRun[] => {
    const runs: PositionRun[] = [];
    let place = 0;
    for (let index = 0; index < differences.length; index += 2) {
      const from = place + (differences[index] as number);
      place = from + (differences[index + 1] as number);
      runs.push({ from: positions[from] as Position, to: positions[place] as Position });
    }
    return runs;
  };
  return Object.fromEntries(Object.entries(tables).map(([tableId, differences]) => [tableId, runsOf(differences)]));
}
