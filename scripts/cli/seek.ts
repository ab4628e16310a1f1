import { isPart, positionBefore, sequenceOf } from '#pipeline/ledger/position.ts';
import { SeekRefused } from '#pipeline/positions/position-errors.ts';
import {
  planSeek,
  type SeekRequest,
  type SeekStep,
  type SeekTarget,
  seekSource,
} from '#pipeline/positions/seek-source.ts';
import type { SourceMapping } from '#pipeline/positions/source-mappings.ts';
import type { RecordCount } from '#pipeline/positions/source-positions.ts';
import { operatorPorts } from './operator-ports.ts';
import { instantOf, readArguments } from './read-arguments.ts';
import { sourceMappings, sourcePositions, sourceSettingsOf, turningOn } from './source-ports.ts';
import { countText } from './text-table.ts';
import { UsageError, type Verb } from './verb.ts';

const options = {
  env: { type: 'string' },
  partition: { type: 'string' },
  to: { type: 'string' },
  repeat: { type: 'boolean', default: false },
  table: { type: 'string', multiple: true, default: [] as string[] },
  recreated: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export const seek: Verb = {
  usage:
    'seek --env <environment> <source> [--partition <partition>] --to earliest | latest | cursor | <position> | <instant> [--repeat [--table <table> …]] [--recreated] --yes | --dry-run [--json]',
  purpose:
    'sets where a source is read next, while its event source mapping is off. Read again, records become rows of those tables alone that have none of them; with --repeat of all, or of --table, once more. To the cursor: where the ledger has it, for a mapping that is beyond. --recreated: the topic or stream was made anew under its name, so that nothing that was read of it counts. A dry run says in numbers what would be read again or never, and changes nothing',
  async run(args, root) {
    const { values, positionals } = readArguments(args, options, 1, this.usage);
    const [source] = positionals as [string];
    const { env, to, partition, recreated, table } = values;
    if (env === undefined || to === undefined || (table.length > 0 && !values.repeat)) {
      throw new UsageError(`expected ${this.usage}, got seek ${args.join(' ')}`);
    }
    const request: SeekRequest = {
      source,
      ...(partition === undefined ? {} : { partition }),
      to: targetOf(to),
      repeat: values.repeat && table.length === 0 ? 'all' : table,
      recreated,
    };
    const operator = operatorPorts(root, env);
    const { ledger, settings } = operator;
    sourceSettingsOf(settings, source);
    const positions = await sourcePositions(settings, source);
    const ports = { ledger, settings, positions, mappings: await sourceMappings(settings) };
    const steps = await planSeek(request, ports);
    const plan = steps.map((step) => stepLine(step, recreated));
    if (values['dry-run']) return values.json ? JSON.stringify({ outcome: 'planned', steps }) : plan.join('\n');
    if (!values.yes) throw new SeekRefused(['expected --yes, or --dry-run; this would be done:', ...plan].join('\n'));
    const placed = await seekSource(request, steps, ports);
    if (values.json) return JSON.stringify({ outcome: 'sought', steps, placed });
    const isBack = recreated || to === 'cursor' || steps.some(({ direction }) => direction === 'back');
    if (placed === 'placed' || !isBack) return [...plan, nowOn(env, source)].join('\n');
    return [...plan, madeAnew(source, await ports.mappings.of(source))].join('\n');
  },
};

function targetOf(text: string): SeekTarget {
  if (text === 'earliest' || text === 'latest' || text === 'cursor') return { kind: text };
  if (/^(0|[1-9]\d*)$/.test(text)) return { kind: 'position', position: text };
  return { kind: 'timestamp', timeMs: instantOf(text, '--to') };
}

const numberOf = ({ records, isLeast }: RecordCount): string =>
  `${isLeast ? 'at least ' : ''}${countText(records)} records`;

function stepLine(step: SeekStep, recreated: boolean): string {
  const { from } = step;
  if (recreated || !isPart(from)) return wholeStepLine(step, recreated);
  return `${wholeStepLine(step, recreated)}; of record ${sequenceOf(from)} what it holds up to ${positionBefore(from)} is accepted, and nothing beyond`;
}

function wholeStepLine({ sourcePartition, from, to, direction, count, effect }: SeekStep, recreated: boolean): string {
  if (recreated) return `${sourcePartition}: is read from ${to} on, as a source that nothing was read of`;
  const repeated = effect.repeat.length === 0 ? [] : [`${effect.repeat.join(', ')} get rows that they have once more`];
  switch (direction) {
    case 'stays':
      return [`${sourcePartition}: is read from ${to} on already`, ...repeated].join('; ');
    case 'ahead':
      return [`${sourcePartition}: from ${from} ahead to ${to}: ${numberOf(count)} are never read`, ...repeated].join(
        '; ',
      );
    case 'back':
      return [
        `${sourcePartition}: from ${from} back to ${to}: ${numberOf(count)} are read again`,
        ...(effect.keep.length === 0 ? [] : [`rows that are in ${effect.keep.join(', ')} are not made again`]),
        ...repeated,
      ].join('; ');
  }
}

const nowOn = (environment: string, source: string): string =>
  `Done. Turn the source on now: ${turningOn(environment, source)}.`;

const madeAnew = (source: string, mappings: readonly SourceMapping[]): string =>
  [
    'Done for the ledger. A mapping keeps its own places in a stream, which nothing outside of it can set, and CloudFormation makes no other beside it. So delete it:',
    ...mappings.map(({ id }) => `  aws lambda delete-event-source-mapping --uuid ${id}`),
    `and deploy sources.${source} with enabled: true and another startingPosition, { timestamp: … } at or before these records; what is delivered before them is left out.`,
  ].join('\n');
