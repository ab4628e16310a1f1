import { parseArgs } from 'node:util';
import { resumeTable } from '#pipeline/commit/resume-table.ts';
import { knownTable } from './known-table.ts';
import { operatorPorts } from './operator-ports.ts';
import { UsageError, type Verb } from './verb.ts';

export const resume: Verb = {
  usage: 'resume --env <environment> <table>',
  purpose: 'lets stranded manifests of a table be committed',
  async run(args, root) {
    const { values, positionals } = parseArgs({ args, options: { env: { type: 'string' } }, allowPositionals: true });
    const [table, ...more] = positionals;
    if (values.env === undefined || table === undefined || more.length > 0) {
      throw new UsageError(`expected ${this.usage}, got resume ${args.join(' ')}`);
    }
    const ports = operatorPorts(root, values.env, table);
    await knownTable(table, ports.ledger);
    const { manifests, rows } = await resumeTable(table, ports);
    return manifests === 0
      ? `Nothing of table ${table} is stranded.`
      : `${manifests} manifests with ${rows} rows wait for the next commit of table ${table}.`;
  },
};
