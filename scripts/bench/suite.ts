/** One measured case: a name and its figures, units in their names. */
export interface BenchCase {
  name: string;
  values: Record<string, number>;
}

/** A figure that the project promises. */
export interface Aim {
  name: string;
  value: number;
  /** Such as `<= 1048576` or `>= 0.6`. */
  aim: string;
  holds: boolean;
}

/** What was asked for on the command line. */
export interface BenchOptions {
  /** Smaller tables, for machines and runs that have little time. */
  small: boolean;
}

export interface BenchResult {
  suite: string;
  cases: BenchCase[];
  aims: Aim[];
}

export const atMost = (name: string, value: number, limit: number): Aim => ({
  name,
  value,
  aim: `<= ${limit}`,
  holds: value <= limit,
});

export const atLeast = (name: string, value: number, limit: number): Aim => ({
  name,
  value,
  aim: `>= ${limit}`,
  holds: value >= limit,
});

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  if (sorted.length === 0) throw new Error('expected at least one value to take the median of, got none');
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
