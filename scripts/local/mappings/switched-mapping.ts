import { createHash } from 'node:crypto';
import type { MappingReport } from '../local-aws.ts';
import type { HostedMapping } from './hosted-mapping.ts';
import type { MappingSpec } from './mapping-spec.ts';

export type MappingState = 'Enabled' | 'Disabling' | 'Disabled';

/** A mapping of the templates, which may be turned off and on while this machine runs; started again, it is as the templates say. */
export class SwitchedMapping {
  readonly spec: MappingSpec;
  /** As Lambda has it: a UUID, the same from one run to the next. */
  readonly uuid: string;
  readonly #make: () => HostedMapping;
  #hosted: HostedMapping | undefined;
  #stopping: Promise<void> | undefined;

  constructor(spec: MappingSpec, make: () => HostedMapping) {
    this.spec = spec;
    this.uuid = uuidOf(spec.id);
    this.#make = make;
    if (spec.enabled) this.#hosted = make();
  }

  get state(): MappingState {
    if (this.#stopping !== undefined) return 'Disabling';
    return this.#hosted === undefined ? 'Disabled' : 'Enabled';
  }

  /** Reading goes on behind what was acknowledged. */
  async turnOn(): Promise<void> {
    await this.#stopping;
    this.#hosted ??= this.#make();
  }

  /** The batch under way ends first; nothing of it is tried again. */
  turnOff(): void {
    if (this.#hosted === undefined || this.#stopping !== undefined) return;
    this.#stopping = this.#hosted.stop().finally(() => {
      this.#hosted = undefined;
      this.#stopping = undefined;
    });
  }

  /** Nothing while it is off. */
  report(): MappingReport | undefined {
    return this.#hosted?.report();
  }

  async stop(): Promise<void> {
    this.turnOff();
    await this.#stopping;
  }
}

function uuidOf(id: string): string {
  const hash = createHash('sha256').update(id).digest('hex');
  return [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)].join('-');
}
