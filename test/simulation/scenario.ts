import type { SeededRandom } from './seeded-random.ts';

/** What happens in one run beside ingest and commit. */
export interface Scenario {
  logStore: 'dynamodb' | 'conditional';
  /**
   * Who else appends. Spark and delta-rs up to 1.6.0 do by items, and are not safe beside each other. Strays are a conditional
   * writer in a table of items that nothing else reads or writes, and Spark in a conditional table whose bucket refuses plain puts.
   */
  outside: 'spark' | 'deltaRs' | 'conditional' | 'refusedSpark';
  /** Versions appended by them. */
  outsideAppends: number;
  /** Spark lists the table now and then, and so finishes what it finds begun. */
  sparkReads: boolean;
  outsideAddsColumn: boolean;
  /** Records have numbers in the column that outside writers add as text. */
  numbersInExtra: boolean;
  /** The ledger is put back to an earlier moment, once. */
  ledgerRestored: boolean;
  /** The table is deleted while manifests wait, once. */
  tableRecreated: boolean;
  /** A cursor is moved back, once. */
  seek: boolean;
  /** The log store is switched to the other, once. */
  logStoreSwitched: boolean;
  /** Tables are optimized, vacuumed, repaired and their logs cleaned, and days pass. */
  maintained: boolean;
  /** Small files of a commit become one before it. */
  coalesced: boolean;
  /** A shard is split: its children are read at once. */
  resharding: boolean;
  /** Sources feed several tables by a route, which may make some and no more. */
  routed: boolean;
  /** Operators redrive dead letters, two at once, by settings that take everything. */
  redriven: boolean;
  /** Some records of sources hold several, which are accepted one by one. */
  parted: boolean;
  records: number;
}

/** What histories hold by: each of them, missed, lets some history break. */
export const guards = [
  'txn-check',
  'cursor-condition',
  'conditional-put',
  'log-item',
  'ordinal-chain',
  'fresh-names',
  'help-incomplete',
  'whose-item',
  'named-bytes',
  'ledger-id',
  'family-in-force',
  'vacuum-manifests',
  'vacuum-log-last',
  'optimize-inputs',
  'kept-checkpoint',
  'repair-confirm',
  'coalesce-own-commit',
  'coalesce-settled-first',
  'coalesce-all-taken',
  'table-cap',
  'redrive-condition',
  'redrive-journal',
  'redrive-restored',
] as const;

export type Guard = (typeof guards)[number];

export function drawScenario(random: SeededRandom): Scenario {
  const special = random.next();
  const logStore = random.chance(0.5) ? ('dynamodb' as const) : ('conditional' as const);
  const drawn = {
    logStore,
    outsideAppends: random.chance(0.5) ? random.between(1, 4) : 0,
    outsideAddsColumn: random.chance(0.5),
    ledgerRestored: special < 0.15,
    tableRecreated: special >= 0.15 && special < 0.25,
    seek: special >= 0.25 && special < 0.4,
    logStoreSwitched: special >= 0.4 && special < 0.55,
    maintained: special >= 0.25 && random.chance(0.5),
    resharding: random.chance(0.3),
    records: random.between(10, 40),
  };
  const outside = drawOutside(logStore, random);
  const sparkReads = outside === 'spark' && random.chance(0.7);
  /** A ledger restored between the two commits of a diversion may lose or double its rows: the runbook says so. */
  const numbersInExtra = random.chance(0.6) && !drawn.ledgerRestored;
  return {
    ...drawn,
    outside,
    sparkReads,
    numbersInExtra,
    coalesced: random.chance(0.4),
    routed: random.chance(0.4),
    redriven: random.chance(0.4),
    parted: false,
  };
}

/** A guard is missed only where its danger exists. */
export function scenarioWithout(guard: Guard, scenario: Scenario): Scenario {
  const drawn = { ...scenario, coalesced: guard.startsWith('coalesce-'), routed: false, redriven: false };
  switch (guard) {
    case 'log-item':
    case 'whose-item':
    case 'named-bytes':
      return {
        ...drawn,
        ...{ logStore: 'dynamodb', outside: 'spark', outsideAppends: 4, sparkReads: true },
        ...{ ledgerRestored: false, tableRecreated: false },
      };
    case 'help-incomplete':
      return { ...drawn, logStore: 'dynamodb', outside: 'spark' };
    case 'ledger-id':
      return { ...drawn, numbersInExtra: false, ledgerRestored: true, tableRecreated: false, seek: false };
    case 'family-in-force':
      return {
        ...drawn,
        ...{ logStore: 'conditional', outside: 'conditional', outsideAppends: 8, sparkReads: true },
        ...{ ledgerRestored: false, tableRecreated: false, seek: false, logStoreSwitched: true, maintained: false },
      };
    case 'vacuum-manifests':
    case 'vacuum-log-last':
    case 'optimize-inputs':
    case 'kept-checkpoint':
    case 'repair-confirm':
      return { ...drawn, ledgerRestored: false, tableRecreated: false, maintained: true, records: 40 };
    case 'coalesce-own-commit':
    case 'coalesce-settled-first':
    case 'coalesce-all-taken':
      return { ...drawn, ledgerRestored: false, tableRecreated: false, records: 40 };
    case 'redrive-condition':
    case 'redrive-journal':
      return { ...drawn, tableRecreated: false, redriven: true, records: 40 };
    case 'redrive-restored':
      return {
        ...drawn,
        tableRecreated: false,
        seek: false,
        ledgerRestored: true,
        numbersInExtra: false,
        redriven: true,
        records: 40,
      };
    case 'table-cap':
      return { ...drawn, ledgerRestored: false, routed: true, records: 40 };
    case 'txn-check':
    case 'cursor-condition':
    case 'conditional-put':
    case 'ordinal-chain':
    case 'fresh-names':
      return { ...drawn, ledgerRestored: false, tableRecreated: false };
  }
}

function drawOutside(logStore: Scenario['logStore'], random: SeededRandom): Scenario['outside'] {
  const draw = random.next();
  if (logStore === 'conditional') return draw < 0.8 ? 'conditional' : 'refusedSpark';
  return draw < 0.6 ? 'spark' : draw < 0.85 ? 'deltaRs' : 'conditional';
}
