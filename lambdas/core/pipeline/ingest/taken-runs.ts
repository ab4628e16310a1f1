import { compareEnds, comparePositions, isUpTo, type Position, type PositionRun } from '../ledger/position.ts';

/** What a table has beyond a cursor, to be asked about every record of a batch: a ledger that was restored may tell thousands of runs. */
export class TakenRuns {
  /** In order. */
  readonly #begins: readonly Position[];
  /** By the same place, the furthest end of the runs up to there. */
  readonly #ends: readonly Position[];
  readonly #lone: ReadonlySet<Position>;

  constructor(runs: readonly PositionRun[]) {
    const sorted = runs.toSorted((left, right) => comparePositions(left.from, right.from));
    let furthest: Position | undefined;
    this.#begins = sorted.map(({ from }) => from);
    this.#ends = sorted.map(({ to }) => {
      furthest = furthest === undefined || compareEnds(to, furthest) > 0 ? to : furthest;
      return furthest;
    });
    this.#lone = new Set(runs.filter(({ from, to }) => from === to).map(({ from }) => from));
  }

  has(position: Position): boolean {
    let [low, high] = [0, this.#begins.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (comparePositions(this.#begins[middle] as Position, position) <= 0) low = middle + 1;
      else high = middle;
    }
    return low > 0 && isUpTo(position, this.#ends[low - 1] as Position);
  }

  /** Whether a run is of this position alone, its ends written alike. */
  hasAlone(position: Position): boolean {
    return this.#lone.has(position);
  }
}
