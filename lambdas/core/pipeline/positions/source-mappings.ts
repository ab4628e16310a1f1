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
  /** Asks for it to be turned off: batches under way still end, and `of` says when they have. */
  turnOff(mapping: SourceMapping): Promise<void>;
}

/** A mapping of the source that is not off, if there is one. */
export async function mappingThatIsOn(source: string, mappings: SourceMappings): Promise<SourceMapping | undefined> {
  return (await mappings.of(source)).find(({ state }) => state !== 'Disabled');
}
