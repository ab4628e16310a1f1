import { resumeTable } from '#pipeline/commit/resume-table.ts';
import { knownTable } from './known-table.ts';
import { operatorPorts } from './operator-ports.ts';
import { readArguments } from './read-arguments.ts';
import { UsageError, type Verb } from './verb.ts';

export const resume: Verb = {
  usage: 'resume --env <environment> <table>',
  purpose: 'lets stranded manifests of a table be committed',
  async run(args, root) {
    const { values, positionals } = readArguments(args, { env: { type: 'string' } }, 1, this.usage);
    const [table] = positionals as [string];
    if (values.env === undefined) throw new UsageError(`expected ${this.usage}, got resume ${args.join(' ')}`);
    const ports = operatorPorts(root, values.env, table);
    await knownTable(table, ports.ledger);
    const { manifests, rows } = await resumeTable(table, ports);
    return manifests === 0
      ? `Nothing of table ${table} is stranded.`
      : `${manifests} manifests with ${rows} rows wait for the next commit of table ${table}.`;
  },
};
