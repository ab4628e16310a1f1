import type { SeededRandom } from './seeded-random.ts';

/** What happens in one run beside ingest and commit. */
export interface Scenario {
  logStore: 'dynamodb' | 'conditional';
  /** Versions appended by others of the table's family of writers. */
  outsideAppends: number;
  outsideAddsColumn: boolean;
  /** Records have numbers in the column that outside writers add as text. */
  numbersInExtra: boolean;
  /** The ledger is put back to an earlier moment, once. */
  ledgerRestored: boolean;
  /** The table is deleted while manifests wait, once. */
  tableRecreated: boolean;
  /** A cursor is moved back, once. */
  seek: boolean;
  /** A shard is split: its children are read at once. */
  resharding: boolean;
  records: number;
}

export type Guard =
  | 'txn-check'
  | 'cursor-condition'
  | 'conditional-put'
  | 'log-item'
  | 'ordinal-chain'
  | 'fresh-names'
  | 'help-incomplete'
  | 'ledger-id';

export const guards: readonly Guard[] = [
  'txn-check',
  'cursor-condition',
  'conditional-put',
  'log-item',
  'ordinal-chain',
  'fresh-names',
  'help-incomplete',
  'ledger-id',
];

export function drawScenario(random: SeededRandom): Scenario {
  const special = random.next();
  const drawn = {
    logStore: random.chance(0.5) ? ('dynamodb' as const) : ('conditional' as const),
    outsideAppends: random.chance(0.5) ? random.between(1, 4) : 0,
    outsideAddsColumn: random.chance(0.5),
    ledgerRestored: special < 0.15,
    tableRecreated: special >= 0.15 && special < 0.25,
    seek: special >= 0.25 && special < 0.4,
    resharding: random.chance(0.3),
    records: random.between(10, 40),
  };
  /** A ledger restored between the two commits of a diversion may lose or double its rows: the runbook says so. */
  return { ...drawn, numbersInExtra: random.chance(0.6) && !drawn.ledgerRestored };
}

/** A guard is missed only where its danger exists. */
export function scenarioWithout(guard: Guard, drawn: Scenario): Scenario {
  switch (guard) {
    case 'log-item':
      return { ...drawn, logStore: 'dynamodb', outsideAppends: 4 };
    case 'help-incomplete':
      return { ...drawn, logStore: 'dynamodb' };
    case 'ledger-id':
      return { ...drawn, numbersInExtra: false, ledgerRestored: true, tableRecreated: false, seek: false };
    case 'txn-check':
    case 'cursor-condition':
    case 'conditional-put':
    case 'ordinal-chain':
    case 'fresh-names':
      return { ...drawn, ledgerRestored: false, tableRecreated: false };
  }
}
