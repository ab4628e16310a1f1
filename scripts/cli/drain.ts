import { parseArgs } from 'node:util';
import { type DrainPorts, type DrainProgress, drainSources } from '#pipeline/positions/drain-sources.ts';
import type { SourcePositions } from '#pipeline/positions/source-positions.ts';
import { durationOf } from './handover-options.ts';
import { operatorPorts } from './operator-ports.ts';
import { sourceMappings, sourcePositions, sourceSettingsOf, turningOn, wait } from './source-ports.ts';
import { countText } from './text-table.ts';
import { UsageError, type Verb } from './verb.ts';

const options = {
  env: { type: 'string' },
  all: { type: 'boolean', default: false },
  timeout: { type: 'string', default: '1h' },
  every: { type: 'string', default: '2s' },
  'keep-on': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export const drain: Verb = {
  usage: 'drain --env <environment> <source> … | --all [--timeout <1h>] [--every <2s>] [--keep-on] [--json]',
  purpose:
    'a bounded run: waits until all that the sources hold at this moment is in the tables, then turns their event source mappings off, or leaves them on with --keep-on; it looks --every so often',
  async run(args, root) {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    if (values.env === undefined || values.all === positionals.length > 0) {
      throw new UsageError(`expected ${this.usage}, got drain ${args.join(' ')}`);
    }
    const timeoutMs = durationOf(values.timeout, '--timeout');
    const pollMs = durationOf(values.every, '--every');
    const { ledger, settings, clock } = operatorPorts(root, values.env);
    const sources = values.all ? Object.keys(settings.sources) : positionals;
    for (const source of sources) sourceSettingsOf(settings, source);
    const positions = new Map<string, SourcePositions>();
    for (const source of sources) positions.set(source, await sourcePositions(settings, source));
    const ports: DrainPorts = {
      ledger,
      settings,
      positionsOf: (source) => positions.get(source) as SourcePositions,
      mappings: await sourceMappings(settings),
      clock,
      wait,
      ...(values.json ? {} : { onProgress: (progress) => console.error(progressLine(progress)) }),
    };
    const drained = await drainSources({ sources, timeoutMs, pollMs, turnOff: !values['keep-on'] }, ports);
    if (values.json) return JSON.stringify(drained);
    const { ends, tookMs } = drained;
    return [
      `After ${Math.round(tookMs / 1000)} s the tables have all before:`,
      ...Object.entries(ends).map(([sourcePartition, end]) => `  ${sourcePartition}: ${end}`),
      values['keep-on']
        ? 'The sources are still read.'
        : `Their mappings are off until ${turningOn(values.env, '<source>')}.`,
    ].join('\n');
  },
};

function progressLine({ behind, waiting }: DrainProgress): string {
  const manifests = Object.entries(waiting).map(([table, count]) => `${countText(count)} manifests of ${table}`);
  return [`${countText(behind.length)} source partitions to be read`, ...manifests].join(', ');
}
