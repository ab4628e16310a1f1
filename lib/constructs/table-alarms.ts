import { Duration } from 'aws-cdk-lib';
import { type MetricName, metrics } from '#contract/metrics.ts';
import { deadLetterTable, type Settings } from '#contract/settings.ts';
import { isTablePattern } from '#contract/table-names.ts';
import type { TableSettings } from '#contract/table-settings.ts';
import type { PipelineAlarm } from './pipeline-alarm.ts';
import type { PipelineMetrics, TableStatistic } from './pipeline-metrics.ts';

/** An environment of more tables has one alarm for all of them in place of one for each. */
const mostNamedTables = 20;
/** Alarms of tables and sources: a stack may have 500 resources, and what an environment has but once has some forty alarms. */
const mostAlarms = 450;
/** Three of its own, and two of its function. */
const alarmsOfSource = 5;

/**
 * Whether alarms and graphs are for all tables together: there are many, or routes make some at run time or name tables that there
 * are not. Alarms are then on queries that group by table, and tell by a contributor which table they are about.
 */
export function areTogether(settings: Settings): boolean {
  const sources = Object.values(settings.sources);
  const tables = Object.keys(settings.tables);
  return (
    tables.length > mostNamedTables ||
    tables.length * tableAlarms(settings).length + sources.length * alarmsOfSource > mostAlarms ||
    tables.some(isTablePattern) ||
    sources.some(({ route }) => route !== undefined)
  );
}

/** What may be wrong with a table. */
interface TableAlarm {
  section: string;
  /** What is measured, where a section has several. */
  measure?: string;
  metric: MetricName;
  statistic: TableStatistic;
  /** `table`: what it is about, as a sentence has it. */
  means(table: string): string;
  periods?: number;
  outOf?: number;
  period?: Duration;
  /** Above it the alarm sounds; 0 where it is not said. */
  thresholdOf?(table: TableSettings): number;
  /** Tables that it is not about. */
  not?: string;
}

/** The alarms of all tables: for each of them, or for those that share a threshold. */
export function ofTables(settings: Settings, measured: PipelineMetrics): PipelineAlarm[] {
  const tables = Object.entries<TableSettings>(settings.tables);
  return tableAlarms(settings).flatMap((alarm) => {
    const about = tables.filter(([name]) => name !== alarm.not);
    const thresholdOf = ([, table]: (typeof tables)[number]) => alarm.thresholdOf?.(table) ?? 0;
    if (!areTogether(settings)) return about.map((table) => ofTable(alarm, table[0], thresholdOf(table), measured));
    const patterns = about.filter(([key]) => isTablePattern(key));
    const common = patterns.length > 0 ? Math.min(...patterns.map(thresholdOf)) : mostCommon(about.map(thresholdOf));
    const own = about.filter((table) => !isTablePattern(table[0]) && thresholdOf(table) !== common);
    const left = alarm.not === undefined ? [] : [alarm.not];
    const together = ofMany(alarm, common, [...own.map(([name]) => name), ...left], measured);
    if (together !== undefined) {
      return [together, ...own.map((table) => ofTable(alarm, table[0], thresholdOf(table), measured))];
    }
    const least = ofMany(alarm, Math.min(common, ...own.map(thresholdOf)), left, measured);
    return least === undefined ? [] : [least];
  });
}

function mostCommon(thresholds: readonly number[]): number {
  const counts = Map.groupBy(thresholds, (threshold) => threshold);
  return [...counts].reduce((most, next) => (next[1].length > most[1].length ? next : most))[0];
}

function ofTable(alarm: TableAlarm, table: string, threshold: number, measured: PipelineMetrics): PipelineAlarm {
  const { section, measure, metric, statistic, means, period } = alarm;
  const subject = measure === undefined ? table : `${measure}-${table}`;
  const about = measured.of(metric, statistic, { table }, period);
  return { section, subject, means: means(`table ${table}`), metric: about, ...periodsOf(alarm), threshold };
}

function ofMany(
  alarm: TableAlarm,
  threshold: number,
  except: string[],
  measured: PipelineMetrics,
): PipelineAlarm | undefined {
  const { section, measure, metric, statistic, means, period } = alarm;
  const about = measured.ofTables(metric, statistic, except, period);
  if (about === undefined) return undefined;
  return {
    section,
    ...(measure === undefined ? {} : { subject: measure }),
    means: `${means('a table')} Its contributors name it.`,
    metric: about,
    ...periodsOf(alarm),
    threshold,
  };
}

const periodsOf = ({ periods = 1, outOf }: TableAlarm) => ({ periods, ...(outOf === undefined ? {} : { outOf }) });

/** Three commits of the table that waits longest fall into as many periods of five minutes; an hour at least, and what queries look back at most. */
function periodsOfCommits({ tables }: Settings): number {
  const longestMs = Math.max(...Object.values(tables).map(({ latencyMs }) => latencyMs));
  return Math.min(36, Math.max(12, 3 * (Math.ceil(longestMs / 300_000) + 1)));
}

/** Of what only commits bring about: they may lie further apart than five minutes, and Lambda tries thrice. */
const severalAnHour = { period: Duration.hours(1), thresholdOf: () => 2 };

const tableAlarms = (settings: Settings): TableAlarm[] => [
  {
    section: 'table-stale',
    metric: metrics.freshnessMs,
    statistic: 'Maximum',
    means: (table) =>
      `Rows of ${table} become visible later than ${settings.alarms.freshnessMs / 60_000} minutes after they arrived.`,
    periods: 3,
    outOf: periodsOfCommits(settings),
    thresholdOf: () => settings.alarms.freshnessMs,
  },
  {
    section: 'dead-letters',
    metric: metrics.deadLetters,
    statistic: 'Sum',
    means: (table) => `Records for ${table} could not become rows.`,
    thresholdOf: () => settings.alarms.deadLetters,
    not: deadLetterTable,
  },
  {
    section: 'batches-refused',
    metric: metrics.batchesRefused,
    statistic: 'Sum',
    means: (table) => `Sources of ${table} wait, because too much is staged for it.`,
    periods: 3,
  },
  {
    section: 'staged-backlog',
    measure: 'bytes',
    metric: metrics.stagedBytes,
    statistic: 'Maximum',
    means: (table) => `Half of the bytes that may be staged for ${table} are; at the whole, ingest stops.`,
    periods: 2,
    thresholdOf: ({ maxStagedBytes }) => maxStagedBytes / 2,
  },
  {
    section: 'staged-backlog',
    measure: 'manifests',
    metric: metrics.stagedManifests,
    statistic: 'Maximum',
    means: (table) => `Half of the manifests that may be staged for ${table} are; at the whole, ingest stops.`,
    periods: 2,
    thresholdOf: ({ maxStagedManifests }) => maxStagedManifests / 2,
  },
  {
    section: 'commit-failing',
    metric: metrics.commitFailures,
    statistic: 'Sum',
    means: (table) => `Commits to ${table} have failed for a quarter of an hour.`,
    periods: 3,
  },
  {
    section: 'manifests-stranded',
    metric: metrics.strandedManifests,
    statistic: 'Maximum',
    means: (table) => `Staged files of ${table} do not continue what its log holds, and wait for a decision.`,
  },
  {
    section: 'ledger-behind-log',
    metric: metrics.ledgerBehindLog,
    statistic: 'Sum',
    means: (table) => `The log of ${table} holds more than the ledger knows: the ledger is an older copy.`,
  },
  {
    section: 'stray-writer',
    metric: metrics.strayWriter,
    statistic: 'Sum',
    means: (table) => `Something writes to ${table} without the log store that the table is set to.`,
  },
  {
    section: 'commit-lost',
    metric: metrics.lostCommits,
    statistic: 'Sum',
    means: (table) => `A writer of ${table} began a version whose bytes are gone: Alluvium took its place.`,
  },
  {
    section: 'coalesce-failing',
    metric: metrics.coalesceFailures,
    statistic: 'Sum',
    means: (table) => `Commits to ${table} have not made small files into one for a quarter of an hour.`,
    periods: 3,
  },
  {
    section: 'checkpoint-failing',
    metric: metrics.checkpointFailures,
    statistic: 'Sum',
    means: (table) => `Checkpoints of ${table} fail: readers get slower with each version.`,
    ...severalAnHour,
  },
  {
    section: 'vacuum-failing',
    metric: metrics.vacuumFailures,
    statistic: 'Sum',
    means: (table) => `Files of ${table} that nobody needs stay: it could not be vacuumed.`,
  },
  {
    section: 'clean-log-failing',
    metric: metrics.logCleanupFailures,
    statistic: 'Sum',
    means: (table) => `The log of ${table} could not be cleaned: it grows.`,
  },
  {
    section: 'optimize-failing',
    metric: metrics.optimizeFailures,
    statistic: 'Sum',
    means: (table) => `Small files of ${table} could not all be merged: readers get slower.`,
  },
  {
    section: 'repair-failing',
    metric: metrics.repairFailures,
    statistic: 'Sum',
    means: (table) =>
      `Files of ${table} that are gone from S3 could not be looked for, or not be taken out of its log.`,
  },
  {
    section: 'repair-refused',
    metric: metrics.repairsRefused,
    statistic: 'Sum',
    means: (table) =>
      `More files of ${table} are missing than may be, or the table allows no removal: its log was left as it is.`,
  },
  {
    section: 'staged-files-expired',
    metric: metrics.expiredStagedFiles,
    statistic: 'Sum',
    means: (table) => `Files staged for ${table} were gone from S3 before their commit.`,
  },
  ...(settings.glueDatabase === undefined
    ? []
    : [
        {
          section: 'catalog-failing',
          metric: metrics.catalogFailures,
          statistic: 'Sum' as const,
          means: (table: string) => `Glue's entry of ${table} could not follow its columns three times within an hour.`,
          ...severalAnHour,
        },
      ]),
];
