import { type CaseKey, cases } from './cases.ts';
import type { DataSetName } from './data-sets.ts';
import type { Effort } from './run-case.ts';

/** Cases that run side by side on one data set. */
export interface Comparison {
  set: DataSetName;
  records: number;
  cases: readonly CaseKey[];
  rounds: number;
  effort: Effort;
}

export const few = 10_000;
export const many = 200_000;

const warm: Effort = { warmUps: 3, warmUpMs: 1_000, times: 5, timedMs: 300 };
const long: Effort = { warmUps: 1, warmUpMs: 0, times: 2, timedMs: 0 };

/** By the time that passes, which processors that others use tell nothing of. */
const cores: CaseKey[] = ['oneThread', 'twoCores'];
const everything = (Object.keys(cases) as CaseKey[]).filter((key) => !cores.includes(key));
const flat: CaseKey[] = ['ours', 'jsonParse', 'naiveSnappy', 'duckdbSnappy', 'polars'];
/** `tableFromJSON` cannot tell types of empty arrays. */
const nested: CaseKey[] = ['ours', 'jsonParse', 'duckdbSnappy', 'polars'];

/** What the aims are about. */
export const first: Comparison = { set: 'wide', records: few, cases: everything, rounds: 5, effort: warm };

export const small: readonly Comparison[] = [
  {
    ...first,
    cases: ['ours', 'jsonParse', 'naive', 'naiveSnappy', 'duckdb', 'duckdbSnappy', 'prototypeWebAssembly'],
    rounds: 3,
  },
];

const others = [
  { set: 'narrow', cases: [...flat, 'parsed', 'prototype', 'prototypeWebAssembly'] },
  { set: 'nested', cases: [...nested, 'parsed'] },
  { set: 'escaped', cases: [...flat, 'parsed'] },
  { set: 'shuffled keys', cases: [...flat, 'parsed'] },
] as const satisfies { set: DataSetName; cases: CaseKey[] }[];

export const full: readonly Comparison[] = [
  first,
  ...others.map(({ set, cases }) => ({ set, cases, records: few, rounds: 3, effort: warm })),
  ...[few, many].map((records): Comparison => ({ set: 'wide', records, cases: cores, rounds: 5, effort: warm })),
  { set: 'wide', records: many, cases: flat, rounds: 2, effort: long },
  { set: 'narrow', records: many, cases: flat, rounds: 2, effort: long },
  ...(['nested', 'escaped', 'shuffled keys'] as const).map(
    (set): Comparison => ({
      set,
      records: many,
      cases: ['ours', 'jsonParse', 'duckdbSnappy'],
      rounds: 2,
      effort: long,
    }),
  ),
];
