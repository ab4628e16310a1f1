import { takeOverTable } from '#pipeline/positions/take-over-table.ts';
import {
  handoverLines,
  handoverOptions,
  handoverPorts,
  handoverPurpose,
  handoverRequest,
  handoverUsage,
  positionsIn,
} from './handover-options.ts';
import { readArguments } from './read-arguments.ts';
import { UsageError, type Verb } from './verb.ts';

const options = {
  ...handoverOptions,
  from: { type: 'string' },
  'app-id': { type: 'string', multiple: true, default: [] as string[] },
  'from-position': { type: 'string', multiple: true, default: [] as string[] },
  rest: { type: 'string' },
  seal: { type: 'boolean', default: false },
} as const;

const writer = 'kafka-delta-ingest';

export const takeOver: Verb = {
  usage: `take-over --env <environment> <table> --from ${writer} --app-id <app id> … --source <source> [--from-position <partition>=<offset> …] [--rest earliest | latest] [--seal] ${handoverUsage}`,
  purpose: `makes a table that ${writer} wrote the pipeline's: the source goes on after the last offset of each partition that the table's transactions of these applications tell. Partitions of which it has none begin where --from-position or --rest says. --seal: only shuts the applications out again, after what they wrote since was taken out of the table. ${handoverPurpose}`,
  async run(args, root) {
    const { values, positionals } = readArguments(args, options, 1, this.usage);
    const [tableName] = positionals as [string];
    const { env, source, from, rest } = values;
    const appIds = values['app-id'];
    if (env === undefined || source === undefined || from !== writer || appIds.length === 0 || !isRest(rest)) {
      throw new UsageError(`expected ${this.usage}, got take-over ${args.join(' ')}`);
    }
    const request = handoverRequest(tableName, { ...values, source });
    const result = await takeOverTable(
      {
        ...{ ...request, appIds, begins: positionsIn(values['from-position']), sealOnly: values.seal },
        ...(rest === undefined ? {} : { rest }),
      },
      await handoverPorts(root, env, request, values),
    );
    return values.json ? JSON.stringify(result) : handoverLines(env, request, result).join('\n');
  },
};

const isRest = (text: string | undefined): text is 'earliest' | 'latest' | undefined =>
  text === undefined || text === 'earliest' || text === 'latest';
