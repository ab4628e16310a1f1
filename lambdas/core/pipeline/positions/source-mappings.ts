import type { Clock } from '../clock.ts';

/** What delivers a source's records to its function. */
export interface SourceMapping {
  id: string;
  /** As Lambda says it: `Enabled`, `Disabling`, `Disabled` … */
  state: string;
}

/** The event source mappings of sources. */
export interface SourceMappings {
  /** Those of one source; none where it is not deployed. */
  of(source: string): Promise<SourceMapping[]>;
  /** Asks for it to be turned on or off: batches under way still end, and `of` says when they have. */
  turn(mapping: SourceMapping, to: 'on' | 'off'): Promise<void>;
}

const settled = { on: 'Enabled', off: 'Disabled' } as const;

export interface Patience {
  timeoutMs: number;
  /** Between two looks. */
  pollMs: number;
  clock: Clock;
  wait: (ms: number) => Promise<void>;
}

/** Turns a source's mappings on or off and waits until they are. Nothing: they are; else one that is not in time. */
export async function turnMappings(
  source: string,
  to: 'on' | 'off',
  mappings: SourceMappings,
  { timeoutMs, pollMs, clock, wait }: Patience,
): Promise<SourceMapping | undefined> {
  const startedMs = clock();
  const isThere = ({ state }: SourceMapping) => state === settled[to];
  for (const mapping of await mappings.of(source)) if (!isThere(mapping)) await mappings.turn(mapping, to);
  for (;;) {
    const other = (await mappings.of(source)).find((mapping) => !isThere(mapping));
    if (other === undefined || clock() - startedMs >= timeoutMs) return other;
    await wait(pollMs);
  }
}

/** A mapping of the source that is not off, if there is one. */
export async function mappingThatIsOn(source: string, mappings: SourceMappings): Promise<SourceMapping | undefined> {
  return (await mappings.of(source)).find(({ state }) => state !== 'Disabled');
}
