import type { Position } from '#pipeline/ledger/position.ts';
import { adoptTable } from '#pipeline/positions/adopt-table.ts';
import type { SourcePositions } from '#pipeline/positions/source-positions.ts';
import {
  handoverLines,
  handoverOptions,
  handoverPorts,
  handoverPurpose,
  handoverRequest,
  handoverUsage,
  positionsIn,
} from './handover-options.ts';
import { instantOf, readArguments } from './read-arguments.ts';
import { sourcePositions } from './source-ports.ts';
import { UsageError, type Verb } from './verb.ts';

const options = {
  ...handoverOptions,
  from: { type: 'string' },
  'from-position': { type: 'string', multiple: true, default: [] as string[] },
  'from-timestamp': { type: 'string' },
} as const;

export const adopt: Verb = {
  usage: `adopt --env <environment> <table> --source <source> --from earliest | latest | --from-timestamp <instant> | --from-position <partition>=<position> … ${handoverUsage}`,
  purpose: `makes a table that anybody wrote the pipeline's, with its columns, partitioning and properties. Its log does not tell what of the source it has: the first record that is not in it is where --from says, by partition, instant, or the whole of the source. ${handoverPurpose}`,
  async run(args, root) {
    const { values, positionals } = readArguments(args, options, 1, this.usage);
    const [tableName] = positionals as [string];
    const { env, source, from } = values;
    const instant = values['from-timestamp'];
    const pairs = values['from-position'];
    const ways = [from !== undefined, instant !== undefined, pairs.length > 0].filter((isGiven) => isGiven);
    const isPlace = from === undefined || from === 'earliest' || from === 'latest';
    if (env === undefined || source === undefined || ways.length !== 1 || !isPlace) {
      throw new UsageError(`expected ${this.usage}, got adopt ${args.join(' ')}`);
    }
    const request = handoverRequest(tableName, { ...values, source });
    const timeMs = instant === undefined ? undefined : instantOf(instant, '--from-timestamp');
    const named = positionsIn(pairs);
    const ports = await handoverPorts(root, env, request, values);
    const isAsked = from === 'latest' || timeMs !== undefined;
    const begins = isAsked ? await askedPositions(await sourcePositions(ports.settings, source), timeMs) : named;
    const result = await adoptTable({ ...request, begins }, ports);
    return values.json ? JSON.stringify(result) : handoverLines(env, request, result).join('\n');
  },
};

/** Where the source is at an instant; without one, at its end. */
async function askedPositions(
  positions: SourcePositions,
  timeMs: number | undefined,
): Promise<Record<string, Position>> {
  const begins: Record<string, Position> = {};
  for (const { partition, end } of await positions.spans()) {
    const begin = (timeMs === undefined ? undefined : await positions.at(partition, timeMs)) ?? end;
    if (begin !== undefined) begins[partition] = begin;
  }
  return begins;
}
