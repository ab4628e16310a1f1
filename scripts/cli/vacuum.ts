import { errorNames } from '#contract/error-names.ts';
import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { openTableFiles } from '#delta/live-files.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { tableSettingsOf } from '#pipeline/table-defaults.ts';
import { type VacuumPorts, type VacuumRequest, type VacuumResult, vacuumTable } from '#pipeline/vacuum/vacuum-table.ts';
import { knownTable } from './known-table.ts';
import { operatorPorts } from './operator-ports.ts';
import { readArguments } from './read-arguments.ts';
import { bytesText, countText, instantText } from './text-table.ts';
import { UsageError, type Verb } from './verb.ts';

/** Files that versions within the table's retention name would go. */
class VacuumRefused extends Error {
  override readonly name = errorNames.vacuumRefused;
}

const options = {
  env: { type: 'string' },
  full: { type: 'boolean', default: false },
  retention: { type: 'string' },
  force: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

const dayMs = 86_400_000;
const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: dayMs };

export const vacuum: Verb = {
  usage: 'vacuum --env <environment> <table> [--full] [--retention <7d> [--force]] [--dry-run] [--json]',
  purpose:
    'deletes files that no retained version and no manifest names: those that the log tells were removed, or with --full all that a listing finds. What was removed or put within the retention stays, and whatever --retention and --force say, within the last day; a dry run names them and changes nothing',
  async run(args, root) {
    const { values, positionals } = readArguments(args, options, 1, this.usage);
    const [tableName] = positionals as [string];
    if (values.env === undefined) throw new UsageError(`expected ${this.usage}, got vacuum ${args.join(' ')}`);
    const retentionMs = retentionOf(values.retention);
    const operator = operatorPorts(root, values.env, tableName);
    const table = await knownTable(tableName, operator.ledger);
    const dryRun = values['dry-run'];
    const request: VacuumRequest = {
      tableId: table.tableId,
      tableName,
      dryRun,
      full: values.full || tableSettingsOf(operator.settings, tableName).vacuum.full,
      force: values.force,
      ...(retentionMs === undefined ? {} : { retentionMs }),
    };
    const result = await toTheEnd(request, { ...operator, measurements: { count: () => undefined } });
    refuse(tableName, result);
    if (!values.json) {
      const afterMs = operator.clock() - result.keptMs;
      const young = await removedAfter(afterMs, operator.logOf(tableName).objects, operator.codec);
      return linesOf(tableName, result, afterMs, young).join('\n');
    }
    const { files, ...numbers } = result;
    return JSON.stringify({ ...numbers, files });
  },
};

function retentionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, count, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (unit === undefined || Number(count) === 0) {
    throw new UsageError(
      `expected --retention to be a time of more than 0 in minutes, hours or days, such as 90m, 36h or 7d, got ${text}`,
    );
  }
  return Number(count) * unitMs[unit]!;
}

/** Listing goes on for as long as there is more. */
async function toTheEnd(request: VacuumRequest, ports: VacuumPorts): Promise<VacuumResult> {
  let result = await vacuumTable(request, ports);
  while (result.continueAfter !== undefined) {
    const next = await vacuumTable({ ...request, after: result.continueAfter }, ports);
    result = { ...next, files: result.files.concat(next.files), bytes: result.bytes + next.bytes };
  }
  return result;
}

function refuse(tableName: string, { outcome }: VacuumResult): void {
  if (outcome === 'retentionTooShort') {
    throw new VacuumRefused(
      `${tableName}: expected a retention of at least the table's delta.deletedFileRetentionDuration: readers of earlier versions would lose files; --force does it all the same`,
    );
  }
  if (outcome === 'retentionTooLong') {
    throw new VacuumRefused(
      `${tableName}: expected a retention of at most the table's delta.deletedFileRetentionDuration: the log keeps tombstones no longer; raise that property, and wait`,
    );
  }
}

const durationText = (ms: number): string =>
  ms % dayMs === 0 ? `${ms / dayMs} d` : `${Math.round(ms / 3_600) / 1_000} h`;

/** What the log says left the table too lately to go. */
async function removedAfter(afterMs: number, objects: ObjectStore, codec: CheckpointReader): Promise<Removed> {
  const removed = { files: 0, bytes: 0 };
  for await (const { deletionTimestamp = Infinity, size = 0 } of (await openTableFiles(objects, codec))?.tombstones() ??
    []) {
    if (deletionTimestamp <= afterMs) continue;
    removed.files += 1;
    removed.bytes += size;
  }
  return removed;
}

interface Removed {
  files: number;
  bytes: number;
}

function linesOf(
  tableName: string,
  { outcome, files, bytes, isMoreLeft, untoldBefore, keptMs }: VacuumResult,
  afterMs: number,
  young: Removed,
): string[] {
  if (outcome === 'noTable') return [`Table ${tableName} has no log yet.`];
  const counted = `${countText(files.length)} files (${bytesText(bytes)}) of table ${tableName}`;
  return [
    ...(outcome === 'planned' ? files.map(({ path }) => path) : []),
    outcome === 'planned' ? `${counted} would be deleted.` : `${counted} are deleted.`,
    `Kept: what is in use, and what was put or removed after ${instantText(afterMs)}, the retention of ${durationText(keptMs)}${keptMs === dayMs ? ', which is the least' : ''}: ${countText(young.files)} removed files (${bytesText(young.bytes)}).`,
    ...(isMoreLeft ? ['There is more to delete than one run may: run it again.'] : []),
    ...(untoldBefore === undefined
      ? []
      : [`The log no longer tells what versions before ${untoldBefore} removed: run it with --full once.`]),
  ];
}
