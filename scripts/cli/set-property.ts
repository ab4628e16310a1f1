import { parseArgs } from 'node:util';
import { InvalidProperty, NotATable } from '#delta/errors.ts';
import { loadLogState } from '#delta/log-state.ts';
import { assertValidProperties } from '#delta/properties.ts';
import type { PropertyChanges } from '#delta/set-properties.ts';
import { setTableProperties } from '#pipeline/commit/set-table-properties.ts';
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
    const changes = changesOf(pairs, values.unset);
    assertValues(changes);
    const ports = operatorPorts(root, values.env, tableName);
    const before = await loadLogState(ports.logOf(tableName).objects, ports.codec);
    const result = await setTableProperties(tableName, changes, ports);
    if (result.kind === 'noTable') throw new NotATable(`${tableName}: expected a Delta table, found no log`);
    if (values.json) return JSON.stringify(result);
    const where = result.kind === 'same' ? `Table ${tableName}` : `Version ${result.version} of table ${tableName}`;
    return `${where}: ${saidOf(changes, before?.metaData.configuration ?? {}).join(', ')}.`;
  },
};

/** What became of each property. */
const saidOf = (changes: PropertyChanges, before: Readonly<Record<string, string>>): string[] =>
  Object.entries(changes).map(([key, value]) => {
    if (value === null) return key in before ? `${key} is unset` : `${key} was not set`;
    return before[key] === value ? `${key} was ${value} already` : `${key} is set to ${value}`;
  });

/** @throws {UsageError} for a value that a known property cannot have. */
function assertValues(changes: PropertyChanges): void {
  const wanted = Object.entries(changes).filter((change): change is [string, string] => change[1] !== null);
  try {
    assertValidProperties(Object.fromEntries(wanted));
  } catch (error) {
    if (error instanceof InvalidProperty) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

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
