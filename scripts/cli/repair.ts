import { errorNames } from '#contract/error-names.ts';
import { AppendOnlyTable } from '#delta/errors.ts';
import { decodePath } from '#delta/file-path.ts';
import type { MissingFile } from '#pipeline/repair/missing-files.ts';
import { type RepairResult, repairSummary, repairTable } from '#pipeline/repair/repair-table.ts';
import { knownTable } from './known-table.ts';
import { operatorPorts } from './operator-ports.ts';
import { readArguments } from './read-arguments.ts';
import { UsageError, type Verb } from './verb.ts';

/** More is missing than may be. */
class RepairRefused extends Error {
  override readonly name = errorNames.repairRefused;
}

const options = {
  env: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  'max-missing-ratio': { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export const repair: Verb = {
  usage: 'repair --env <environment> <table> [--dry-run] [--max-missing-ratio <0 to 1>] [--json]',
  purpose:
    'takes live files whose data or deletion vector is gone from S3 out of the log; a dry run names them and changes nothing',
  async run(args, root) {
    const { values, positionals } = readArguments(args, options, 1, this.usage);
    const [tableName] = positionals as [string];
    if (values.env === undefined) throw new UsageError(`expected ${this.usage}, got repair ${args.join(' ')}`);
    const maxMissingRatio = ratioOf(values['max-missing-ratio']);
    const ports = operatorPorts(root, values.env, tableName);
    const table = await knownTable(tableName, ports.ledger);
    const dryRun = values['dry-run'];
    const result = await repairTable(
      { tableId: table.tableId, tableName, dryRun, ...(maxMissingRatio === undefined ? {} : { maxMissingRatio }) },
      { ...ports, measurements: { count: () => undefined } },
    );
    if (!dryRun) refuse(tableName, result);
    return values.json
      ? JSON.stringify({
          ...repairSummary(result),
          missing: result.missing.map(described),
          expiredStaged: result.expiredStaged,
        })
      : linesOf(tableName, result).join('\n');
  },
};

function ratioOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ratio = Number(text);
  if (text.trim() === '' || !(ratio >= 0 && ratio <= 1)) {
    throw new UsageError(`expected --max-missing-ratio to be a number from 0 to 1, got ${text}`);
  }
  return ratio;
}

function refuse(tableName: string, result: RepairResult): void {
  const { outcome, missingFiles, unexpectedFiles, liveFiles } = result;
  if (outcome === 'appendOnly') {
    throw new AppendOnlyTable(
      `${tableName}: ${missingFiles} files are missing, and delta.appendOnly lets none be removed`,
    );
  }
  if (outcome === 'tooManyMissing') {
    throw new RepairRefused(
      `${tableName}: expected fewer than ${unexpectedFiles} of ${liveFiles} files to be missing for no known reason${latelyText(result)}: nothing is removed; --dry-run names them, --max-missing-ratio lets them go`,
    );
  }
}

/** What was missing before counts with what is missing now. */
const latelyText = ({ unexpectedLately }: RepairResult): string =>
  unexpectedLately > 0 ? `, besides ${unexpectedLately} that were not long ago` : '';

const described = ({ add, gone }: MissingFile) => ({ path: decodePath(add.path), sizeBytes: add.size, gone });

function linesOf(tableName: string, result: RepairResult): string[] {
  const { outcome, missing, missingFiles, liveFiles, removedFiles, removedBytes, versions } = result;
  const named = missing
    .map(described)
    .map(({ path, gone }) => `${path}${gone === 'deletionVector' ? ' (its deletion vector)' : ''}`);
  const notes = [
    ...(result.filesElsewhere > 0
      ? [
          `${result.filesElsewhere} files lie outside of the lake, and were not looked for: ${result.elsewhere.join(', ')}`,
        ]
      : []),
    ...(result.expiredStaged.length > 0
      ? [`Staged files are gone before their commit: ${result.expiredStaged.join(', ')}`]
      : []),
  ];
  const counted = `${missingFiles} of ${liveFiles} files of table ${tableName}`;
  switch (outcome) {
    case 'noTable':
      return [`Table ${tableName} has no log yet.`, ...notes];
    case 'whole':
      return [`Every file of table ${tableName} is there (${liveFiles}).`, ...notes];
    case 'planned':
      return [...named, `${counted} are missing; a repair would remove them.`, ...notes];
    case 'appendOnly':
      return [
        ...named,
        `${counted} are missing; a repair would refuse: delta.appendOnly lets none be removed.`,
        ...notes,
      ];
    case 'tooManyMissing':
      return [
        ...named,
        `${counted} are missing, ${result.unexpectedFiles} of them for no known reason${latelyText(result)}; a repair would refuse.`,
        ...notes,
      ];
    case 'repaired':
      return [
        `${removedFiles} files (${removedBytes} bytes) left table ${tableName}${versions.length > 0 ? ` with version ${versions.join(', ')}` : ', others having removed them'}.`,
        ...(missingFiles > missing.length ? [`${missingFiles - missing.length} more are missing: run it again.`] : []),
        ...notes,
      ];
    default:
      return outcome satisfies never;
  }
}
