import { parseArgs } from 'node:util';
import { errorNames } from '#contract/error-names.ts';
import { switchLogStore } from '#pipeline/log/switch-log-store.ts';
import { tableSettingsOf } from '#pipeline/table-defaults.ts';
import { knownTable } from './known-table.ts';
import { operatorPorts } from './operator-ports.ts';
import { UsageError, type Verb } from './verb.ts';

/** The settings name another family: its committers would be shut out. */
class LogStoreRefused extends Error {
  override readonly name = errorNames.logStoreSwitched;
}

const families = ['dynamodb', 'conditional'] as const;

export const logStoreVerb: Verb = {
  usage: 'log-store --env <environment> <table> dynamodb | conditional',
  purpose:
    'switches how the writers of a table agree on versions, once its logStore in the settings is deployed as the new one; writers other than Alluvium must be stopped until it is done',
  async run(args, root) {
    const { values, positionals } = parseArgs({ args, options: { env: { type: 'string' } }, allowPositionals: true });
    const [table, wanted, ...more] = positionals;
    const to = families.find((family) => family === wanted);
    if (values.env === undefined || table === undefined || to === undefined || more.length > 0) {
      throw new UsageError(`expected ${this.usage}, got log-store ${args.join(' ')}`);
    }
    const ports = operatorPorts(root, values.env, table);
    await knownTable(table, ports.ledger);
    const setting = tableSettingsOf(ports.settings, table).logStore;
    if (setting !== to) {
      throw new LogStoreRefused(
        `${table}: expected tables.${table}.logStore in config/${values.env}.yaml to be ${to}, and deployed, before the switch: it is ${setting}, by which nothing more would be committed`,
      );
    }
    const switched = await switchLogStore(table, to, ports);
    return switched.kind === 'already'
      ? `Table ${table} is written by ${to} already.`
      : `Table ${table} is written by ${to}${switched.version === undefined ? '' : ` from version ${switched.version} on`}.`;
  },
};
