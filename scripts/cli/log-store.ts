import { parseArgs } from 'node:util';
import { switchLogStore } from '#pipeline/switch-log-store.ts';
import { operatorPorts } from './operator-ports.ts';
import { UsageError, type Verb } from './verb.ts';

const families = ['dynamodb', 'conditional'] as const;

export const logStoreVerb: Verb = {
  usage: 'log-store --env <environment> <table> dynamodb | conditional',
  purpose:
    'switches how the writers of a table agree on versions; writers other than Alluvium must be stopped until it is done',
  async run(args, root) {
    const { values, positionals } = parseArgs({ args, options: { env: { type: 'string' } }, allowPositionals: true });
    const [table, wanted, ...more] = positionals;
    const to = families.find((family) => family === wanted);
    if (values.env === undefined || table === undefined || to === undefined || more.length > 0) {
      throw new UsageError(`expected ${this.usage}, got log-store ${args.join(' ')}`);
    }
    const ports = operatorPorts(root, values.env);
    const switched = await switchLogStore(table, to, ports);
    const setting = ports.settings.tables[table]?.logStore;
    return [
      switched.kind === 'already'
        ? `Table ${table} is written by ${to} already.`
        : `Table ${table} is written by ${to}${switched.version === undefined ? '' : ` from version ${switched.version} on`}.`,
      ...(setting === to
        ? []
        : [
            `Alluvium commits nothing until tables.${table}.logStore in config/${values.env}.yaml is ${to} and deployed.`,
          ]),
    ].join('\n');
  },
};
