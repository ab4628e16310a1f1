import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { duckdbRewriter } from '#adapters/duckdb/duckdb-rewriter.ts';
import type { PartitionValues } from '#delta/actions.ts';
import { NotATable, PredicateError } from '#delta/errors.ts';
import { parsePredicate } from '#delta/predicate.ts';
import type { OptimizeBin } from '#pipeline/optimize/optimize-plan.ts';
import {
  type BinOutcome,
  type OptimizePlan,
  type OptimizePorts,
  type OptimizeResult,
  optimizeTable,
} from '#pipeline/optimize/optimize-table.ts';
import { operatorPorts } from './operator-ports.ts';
import { readArguments } from './read-arguments.ts';
import { bytesText } from './text-table.ts';
import { UsageError, type Verb } from './verb.ts';

const options = {
  env: { type: 'string' },
  where: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export const optimize: Verb = {
  usage: 'optimize --env <environment> <table> [--where <predicate>] [--dry-run] [--json]',
  purpose:
    'merges the small files of each partition, of those that --where names; a dry run tells what it would merge, and changes nothing',
  async run(args, root) {
    const { values, positionals } = readArguments(args, options, 1, this.usage);
    const [tableName] = positionals as [string];
    if (values.env === undefined) throw new UsageError(`expected ${this.usage}, got optimize ${args.join(' ')}`);
    const dryRun = values['dry-run'];
    const ports = {
      ...operatorPorts(root, values.env, tableName),
      rewriter: duckdbRewriter({
        temporaryFolder: tmpdir(),
        memoryMiB: Math.floor(totalmem() / 1024 ** 2 / 4),
        threads: availableParallelism(),
      }),
      measurements: { count: () => undefined },
    };
    const result = await optimizeWhere(values.where, { tableName, dryRun }, ports);
    const { plan, outcomes, failures } = result;
    if (plan === undefined) throw new NotATable(`${tableName}: expected a Delta table, found no log`);
    if (failures.length > 0) throw failureOf(tableName, result);
    if (values.json) return JSON.stringify(dryRun ? described(plan) : { ...described(plan), outcomes });
    return (dryRun ? planLines(tableName, plan) : outcomeLines(outcomes)).concat(notes(plan)).join('\n');
  },
};

/** @throws {UsageError} for a predicate that cannot be understood, or is not of partition columns alone. */
async function optimizeWhere(
  where: string | undefined,
  request: { tableName: string; dryRun: boolean },
  ports: OptimizePorts,
): Promise<OptimizeResult> {
  try {
    return await optimizeTable({ ...request, where: where === undefined ? [] : parsePredicate(where) }, ports);
  } catch (error) {
    if (error instanceof PredicateError) throw new UsageError(`--where: ${error.message}`, { cause: error });
    throw error;
  }
}

/** What was merged stays merged: the message says how much that is. */
const failureOf = (tableName: string, { outcomes, failures }: OptimizeResult): Error =>
  new Error(
    `${tableName}: expected to merge ${outcomes.length + failures.length} sets of files, ${failures.length} failed: ${failures[0]?.message}`,
    { cause: failures[0] },
  );

const sizeOf = ({ files }: OptimizeBin): number => files.reduce((sum, { size }) => sum + size, 0);

const described = ({ state, bins, files, leftAlone, isPartial }: OptimizePlan) => ({
  version: state.version,
  files,
  leftAlone,
  isPartial,
  bins: bins.map((bin) => ({ partitionValues: bin.partitionValues, files: bin.files.length, bytes: sizeOf(bin) })),
});

function partitionText(values: PartitionValues): string {
  const parts = Object.entries(values).map(([column, value]) => `${column}=${value ?? 'null'}`);
  return parts.length === 0 ? '' : `, ${parts.join(' ')}`;
}

const planLines = (tableName: string, { bins }: OptimizePlan): string[] =>
  bins.length === 0
    ? ['Nothing is to be merged.']
    : bins.map(
        (bin) =>
          `Table ${tableName}${partitionText(bin.partitionValues)}: ${bin.files.length} files (${bytesText(sizeOf(bin))}) would be merged.`,
      );

function outcomeLines(outcomes: readonly BinOutcome[]): string[] {
  if (outcomes.length === 0) return ['Nothing is to be merged.'];
  return outcomes.map((outcome) => {
    switch (outcome.kind) {
      case 'merged':
        return `version ${outcome.version}: ${outcome.files} files of ${bytesText(outcome.bytesIn)} are ${outcome.outputs === 1 ? 'one' : outcome.outputs} of ${bytesText(outcome.bytesOut)} (${outcome.how})`;
      case 'lost':
        return `not merged: version ${outcome.version} changed what was to be (${outcome.reason})`;
      case 'left':
        return `not merged: ${outcome.files} files, whose old dates Spark wrote by another calendar`;
      default:
        return outcome satisfies never;
    }
  });
}

const notes = ({ leftAlone, isPartial }: OptimizePlan): string[] => [
  ...(leftAlone > 0 ? [`${leftAlone} files near their expiry were left alone.`] : []),
  ...(isPartial ? ['There is more to merge than one run takes: run it again.'] : []),
];
