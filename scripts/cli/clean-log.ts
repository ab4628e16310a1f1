import type { ObjectStore } from '#delta/object-store.ts';
import { timedCommits } from '#delta/time-travel.ts';
import { type CleanLogResult, cleanLog } from '#pipeline/log/clean-log.ts';
import { operatorPorts } from './operator-ports.ts';
import { readArguments } from './read-arguments.ts';
import { bytesText, countText, instantText } from './text-table.ts';
import { UsageError, type Verb } from './verb.ts';

const options = {
  env: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export const cleanLogVerb: Verb = {
  usage: 'clean-log --env <environment> <table> [--dry-run] [--json]',
  purpose:
    'deletes versions past delta.logRetentionDuration from the log, once the checkpoint that stands in for them is proved; a dry run names the files and changes nothing',
  async run(args, root) {
    const { values, positionals } = readArguments(args, options, 1, this.usage);
    const [tableName] = positionals as [string];
    if (values.env === undefined) throw new UsageError(`expected ${this.usage}, got clean-log ${args.join(' ')}`);
    const ports = { ...operatorPorts(root, values.env, tableName), measurements: { count: () => undefined } };
    const result = await cleanLog({ tableName, dryRun: values['dry-run'] }, ports);
    if (values.json) return JSON.stringify(result);
    const { outcome, cutoffMs = 0 } = result;
    if (outcome === 'nothing' && (await isYoung(ports.logOf(tableName).objects, cutoffMs))) {
      return `Nothing of the log of table ${tableName} is to be deleted: by its delta.logRetentionDuration versions stay that are younger than ${instantText(cutoffMs)}, and all are.`;
    }
    return linesOf(tableName, result).join('\n');
  },
};

const isYoung = async (objects: ObjectStore, cutoffMs: number): Promise<boolean> =>
  (await timedCommits(objects)).every(({ writtenMs }) => writtenMs > cutoffMs);

function linesOf(tableName: string, result: CleanLogResult): string[] {
  const { outcome, files, bytes, keptFrom, checkpoint, cutoffMs, isMoreLeft } = result;
  const counted = `${countText(files.length)} files (${bytesText(bytes)}) of the log of table ${tableName}`;
  const more = isMoreLeft ? ['There is more to delete than one run may: run it again.'] : [];
  const proof =
    checkpoint === undefined
      ? []
      : [
          checkpoint.proof === 'sameAsLog'
            ? `Checkpoint ${checkpoint.version} says what the log before it says.`
            : `Checkpoint ${checkpoint.version} is whole; the log does not reach back far enough to compare it.`,
        ];
  switch (outcome) {
    case 'noTable':
      return [`Table ${tableName} has no log yet.`];
    case 'disabled':
      return [`Table ${tableName} keeps its log: its delta.enableExpiredLogCleanup is false.`];
    case 'nothing':
      return [
        `Nothing of the log of table ${tableName} is to be deleted: no checkpoint stands in for versions up to ${instantText(cutoffMs ?? 0)}, or what is before it is gone.`,
      ];
    case 'planned':
      return [
        ...files.map(({ path }) => path),
        ...proof,
        `${counted} would be deleted; version ${keptFrom} and later stay.`,
        ...more,
      ];
    case 'cleaned':
      return [...proof, `${counted} are deleted; version ${keptFrom} and later stay.`, ...more];
    default:
      return outcome satisfies never;
  }
}
