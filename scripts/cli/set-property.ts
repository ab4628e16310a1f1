import { parseArgs } from 'node:util';
import { NotATable } from '#delta/errors.ts';
import type { PropertyChanges } from '#delta/set-properties.ts';
import { setTableProperties } from '#pipeline/set-table-properties.ts';
import { operatorPorts } from './operator-ports.ts';
import { UsageError, type Verb } from './verb.ts';

export const setProperty: Verb = {
  usage: 'set-property --env <environment> <table> <key>=<value> … [--unset <key>] … [--json]',
  purpose: 'sets and unsets Delta table properties of a table, in one version',
  async run(args, root) {
    const { values, positionals } = parseArgs({
      args,
      options: {
        env: { type: 'string' },
        unset: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const [tableName, ...pairs] = positionals;
    if (values.env === undefined || tableName === undefined || pairs.length + values.unset.length === 0) {
      throw new UsageError(`expected ${this.usage}, got set-property ${args.join(' ')}`);
    }
    const result = await setTableProperties(tableName, changesOf(pairs, values.unset), operatorPorts(root, values.env));
    if (result.kind === 'noTable') throw new NotATable(`${tableName}: expected a Delta table, found no log`);
    if (values.json) return JSON.stringify(result);
    return result.kind === 'same'
      ? `Table ${tableName} has these properties already.`
      : `Version ${result.version} of table ${tableName} has these properties.`;
  },
};

function changesOf(pairs: readonly string[], unset: readonly string[]): PropertyChanges {
  const changes: Record<string, string | null> = {};
  const change = (key: string, value: string | null) => {
    if (key in changes) throw new UsageError(`expected each property once, got ${key} twice`);
    changes[key] = value;
  };
  for (const pair of pairs) {
    const end = pair.indexOf('=');
    if (end < 1) throw new UsageError(`expected <key>=<value>, got ${pair}`);
    change(pair.slice(0, end), pair.slice(end + 1));
  }
  for (const key of unset) change(key, null);
  return changes;
}
