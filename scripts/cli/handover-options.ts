import { duration } from '#contract/duration.ts';
import type { Settings } from '#contract/settings.ts';
import { settingsOfTable } from '#contract/table-names.ts';
import type { Position } from '#pipeline/ledger/position.ts';
import type { HandedOver, HandoverPorts, HandoverRequest } from '#pipeline/positions/hand-over.ts';
import { operatorPorts } from './operator-ports.ts';
import { sourceMappings, sourcePositions, sourceSettingsOf, turningOn, wait } from './source-ports.ts';
import { instantText } from './text-table.ts';
import { UsageError } from './verb.ts';

/** Options of verbs that hand a table over to the pipeline, and what is said of them. */
export const handoverOptions = {
  env: { type: 'string' },
  source: { type: 'string' },
  quiet: { type: 'string', default: '10m' },
  watch: { type: 'string', default: '10s' },
  'keep-group': { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export const handoverUsage = '[--quiet <10m>] [--watch <10s>] [--keep-group] [--dry-run] [--json]';

export const handoverPurpose =
  "The writer must be stopped: a last commit younger than --quiet, or one while the log is watched, is refused. A topic's consumer group is set to begin there too, unless --keep-group says that its brokers cannot be reached from here: then it must have no offsets beyond. A dry run says what would be, and changes nothing";

export interface HandoverValues {
  source: string;
  quiet: string;
  watch: string;
  'dry-run': boolean;
}

export const handoverRequest = (tableName: string, values: HandoverValues): HandoverRequest => ({
  tableName,
  source: values.source,
  quietMs: durationOf(values.quiet, '--quiet'),
  watchMs: durationOf(values.watch, '--watch'),
  dryRun: values['dry-run'],
});

/** @throws {UsageError} where the settings have no such table, or the source does not feed it. */
export async function handoverPorts(
  root: string,
  environment: string,
  request: HandoverRequest,
  values: { 'keep-group': boolean },
): Promise<HandoverPorts & { settings: Settings }> {
  const ports = operatorPorts(root, environment, request.tableName);
  const { settings } = ports;
  const { table, origin } = sourceSettingsOf(settings, request.source);
  if (settingsOfTable(settings.tables, request.tableName) === undefined) {
    throw new UsageError(`expected a table that config/${environment}.yaml has under tables; got ${request.tableName}`);
  }
  if (table !== undefined && table !== request.tableName) {
    throw new UsageError(`expected sources.${request.source} to feed table ${request.tableName}; it feeds ${table}`);
  }
  const isPlaced = origin.kind === 'kinesis' || !values['keep-group'];
  return {
    ...{ ...ports, wait },
    mappings: await sourceMappings(settings),
    ...(isPlaced ? { positions: await sourcePositions(settings, request.source) } : {}),
  };
}

/** Of `<partition>=<position>`. */
export function positionsIn(pairs: readonly string[]): Record<string, Position> {
  const begins: Record<string, Position> = {};
  for (const pair of pairs) {
    const [, partition, position] = /^(0|[1-9]\d*|shardId-\d{12})=(0|[1-9]\d*)$/.exec(pair) ?? [];
    if (partition === undefined || position === undefined) {
      throw new UsageError(`expected --from-position <partition>=<position>, such as 0=123; got ${pair}`);
    }
    if (partition in begins) throw new UsageError(`expected each partition once, got ${partition} twice`);
    begins[partition] = position;
  }
  return begins;
}

export function durationOf(text: string, option: string): number {
  const { success, data } = duration.safeParse(text);
  if (success) return data;
  throw new UsageError(`expected ${option} to be a duration such as 10s, 5m or 1h; got ${text}`);
}

/** What a handover came to, a line each. */
export function handoverLines(
  environment: string,
  { tableName, source }: HandoverRequest,
  result: HandedOver,
): string[] {
  const { kind, version, claims, blockers, lastCommit } = result;
  const by = `its last commit, version ${lastCommit.version} by ${lastCommit.writer}, is of ${instantText(lastCommit.atMs)}`;
  if (kind === 'already') return [`Table ${tableName} was handed over to source ${source} already; ${by}.`];
  const isDone = kind === 'handedOver';
  return [
    isDone
      ? `Table ${tableName} is the pipeline's from version ${version} on; ${by}.`
      : `Table ${tableName} would be the pipeline's after version ${version}; ${by}.`,
    ...claims.map(({ sourcePartition, floor, start }) => {
      const upTo = floor === undefined ? 'it has nothing yet' : `it has all up to ${floor}`;
      const from = start === undefined ? '; other tables get that from the source' : `; reading begins at ${start}`;
      return `  ${sourcePartition}: ${upTo}${from}`;
    }),
    `Partitions that are not named here begin where sources.${source} says.`,
    ...blockers.map((blocker) => `In the way: ${blocker}`),
    ...(isDone
      ? [`Turn the source on now: ${turningOn(environment, source)}. The writer that was must stay stopped.`]
      : []),
  ];
}
