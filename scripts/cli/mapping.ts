import { parseArgs } from 'node:util';
import { type SourceMapping, turnMappings } from '#pipeline/positions/source-mappings.ts';
import { readSettings } from './read-settings.ts';
import { sourceMappings, sourceSettingsOf, wait } from './source-ports.ts';
import { UsageError, type Verb } from './verb.ts';

const options = { env: { type: 'string' }, json: { type: 'boolean', default: false } } as const;

/** Lambda takes a minute or two. */
const patience = { timeoutMs: 300_000, pollMs: 1_000, clock: Date.now, wait };

export const mapping: Verb = {
  usage: 'mapping --env <environment> <source> [on | off] [--json]',
  purpose:
    "tells whether a source's event source mapping is on, or turns it on or off until a deployment changes anything of it; a batch under way still ends",
  async run(args, root) {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [source, to, ...more] = positionals;
    const isKnown = to === undefined || to === 'on' || to === 'off';
    if (values.env === undefined || source === undefined || !isKnown || more.length > 0) {
      throw new UsageError(`expected ${this.usage}, got mapping ${args.join(' ')}`);
    }
    const settings = readSettings(root, values.env);
    sourceSettingsOf(settings, source);
    const mappings = await sourceMappings(settings);
    const other = to === undefined ? undefined : await turnMappings(source, to, mappings, patience);
    if (other !== undefined)
      throw new Error(`source ${source}: expected ${other.id} to be ${to} by now, found it ${other.state}`);
    const found = await mappings.of(source);
    if (to !== undefined) assertDeployed(source, to, found);
    if (values.json) return JSON.stringify(found);
    return found.map(({ id, state }) => `${source}: ${id} ${state}`).join('\n') || `${source}: no event source mapping`;
  },
};

/** @throws where there was nothing to turn. */
export function assertDeployed(source: string, to: 'on' | 'off', found: readonly SourceMapping[]): void {
  if (found.length > 0) return;
  throw new Error(
    `source ${source}: expected an event source mapping to turn ${to}, found none: its function is not deployed in this account and region`,
  );
}
