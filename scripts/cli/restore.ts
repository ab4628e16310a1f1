import { randomUUID } from 'node:crypto';
import { startRestore } from '#adapters/aws/start-restore.ts';
import { restoreName } from '#contract/restore.ts';
import { NotATable, RestoreRefused } from '#delta/errors.ts';
import { type RestoreResult, restoreTable } from '#pipeline/restore/restore-table.ts';
import { lakeEnvironment } from './operator-environment.ts';
import { operatorPorts } from './operator-ports.ts';
import { instantOf, readArguments, readingOptions, versionOptions, wholeNumber } from './read-arguments.ts';
import { bytesText, countText, instantText } from './text-table.ts';
import { UsageError, type Verb } from './verb.ts';

const options = {
  ...readingOptions,
  ...versionOptions,
  at: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
} as const;

export const restore: Verb = {
  usage:
    'restore --env <environment> <table> (--version <number> | --timestamp <instant>) [--at <instant>] [--dry-run] [--json]',
  purpose:
    'makes a table what it was at a version, by a new one; rows that go do not come again. At once and here, or with --at by the environment at that instant. A dry run tells and changes nothing',
  async run(args, root) {
    const { values, positionals } = readArguments(args, options, 1, this.usage);
    const { env, version, timestamp, at } = values;
    if (env === undefined || (version === undefined) === (timestamp === undefined)) {
      throw new UsageError(`expected ${this.usage}, got restore ${args.join(' ')}`);
    }
    const tableName = positionals[0] as string;
    const to =
      version === undefined
        ? { timestampMs: instantOf(timestamp as string) }
        : { version: wholeNumber('--version', version) };
    const atMs = at === undefined ? undefined : laterInstant(at, Date.now());
    const ports = { ...operatorPorts(root, env, tableName), measurements: { count: () => undefined } };
    const dryRun = values['dry-run'];
    const result = await restoreTable({ tableName, to, dryRun: dryRun || atMs !== undefined }, ports);
    const text = textOf(tableName, result);
    if (dryRun || atMs === undefined) return values.json ? JSON.stringify(result) : text;

    const instant = instantText(atMs);
    const target = 'version' in to ? to : { timestamp: instantText(to.timestampMs) };
    const { restoreMachineArn } = lakeEnvironment(ports.settings, 'restoreMachineArn');
    const executionArn = await startRestore(restoreMachineArn, `${restoreName}-${randomUUID()}`, {
      tableName,
      to: target,
      dryRun: false,
      at: instant,
    });
    return values.json
      ? JSON.stringify({ ...result, kind: 'scheduled', at: instant, executionArn })
      : `${text} As things are now: it is done at ${instant} by the execution ${executionArn}, unless that is stopped.`;
  },
};

/** An execution waits a year at most; what it is to do then would go by without a word. */
const longestWaitMs = 364 * 86_400_000;

function laterInstant(text: string, nowMs: number): number {
  const ms = instantOf(text, '--at');
  if (ms > nowMs + longestWaitMs) throw new UsageError(`expected --at to be within a year, got ${text}`);
  if (ms <= nowMs) throw new UsageError(`expected --at to be later than now, ${instantText(nowMs)}, got ${text}`);
  return ms;
}

/** @throws {NotATable | RestoreRefused} where nothing can be done. */
function textOf(tableName: string, result: RestoreResult): string {
  switch (result.kind) {
    case 'noTable':
      throw new NotATable(`${tableName}: expected a Delta table, found no log`);
    case 'filesGone':
      throw new RestoreRefused(
        `${tableName}: expected every file of version ${result.target} to be there, ${countText(result.gone)} are gone: ${result.first} is the first`,
      );
    case 'same':
      return `Table ${tableName} is as version ${result.target} was.`;
    case 'planned':
      return `Table ${tableName} would be as version ${result.target} was: ${differences(result)}.`;
    case 'restored':
      return `Version ${result.version} of table ${tableName} is as version ${result.target} was: ${differences(result)}.`;
    default:
      return result satisfies never;
  }
}

function differences(result: Extract<RestoreResult, { addedFiles: number }>): string {
  const { addedFiles, addedBytes, removedFiles, removedBytes, metaDataChanges } = result;
  return [
    `${countText(addedFiles)} files come back (${bytesText(addedBytes)})`,
    `${countText(removedFiles)} go (${bytesText(removedBytes)})`,
    ...(metaDataChanges ? ['with the columns and properties of then'] : []),
  ].join(', ');
}
