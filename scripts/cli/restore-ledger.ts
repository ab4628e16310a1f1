import { parseArgs } from 'node:util';
import { restoreLedger } from '#pipeline/ledger/restore-ledger.ts';
import { instantMs } from '#pipeline/restore/instant.ts';
import { operatorPorts } from './operator-ports.ts';
import { UsageError, type Verb } from './verb.ts';

const options = {
  env: { type: 'string' },
  to: { type: 'string' },
  'join-runs': { type: 'boolean', default: false },
} as const;

export const restoreLedgerVerb: Verb = {
  usage: 'restore-ledger --env <environment> --to <instant> [--join-runs]',
  purpose:
    'brings a ledger that was restored to an instant (ISO 8601) up to the lake, before anything reads or commits with it. --join-runs: where tables have more runs of positions than cursors hold; routes must be what they were then, until the sources are past them',
  async run(args, root) {
    const { values } = parseArgs({ args, options });
    const { env, to = '' } = values;
    const restoredToMs = /(Z|[+-]\d\d:\d\d)$/.test(to) ? instantMs(to) : undefined;
    if (env === undefined || restoredToMs === undefined) {
      throw new UsageError(
        `expected ${this.usage}, such as --to 2026-11-21T10:15:00Z, got restore-ledger ${args.join(' ')}`,
      );
    }
    const { taken } = await restoreLedger(restoredToMs, operatorPorts(root, env), {
      joinRuns: values['join-runs'],
    });
    const lines = Object.entries(taken).flatMap(([table, byPartition]) =>
      Object.entries(byPartition).map(
        ([sourcePartition, runs]) => `${table}: ${sourcePartition} to ${runs.at(-1)?.to}`,
      ),
    );
    return ['The lake has:', ...lines, 'Let the sources be read again from the restored cursors.'].join('\n');
  },
};
