/** What the numbers of a timestamp column count, since 1970 UTC. */
export const epochUnits = ['seconds', 'milliseconds', 'microseconds', 'nanoseconds'] as const;
export type EpochUnit = (typeof epochUnits)[number];

/**
 * How a schema's field says it, between the settings and whoever reads values. Only in memory: neither a table's log nor the
 * ledger ever holds it, so that it may change.
 */
export const epochUnitKey = 'alluvium.epochUnit';

/** The unit of a field's numbers; nothing where it takes no numbers. */
export const epochUnitOf = ({ metadata }: { metadata: Record<string, unknown> }): EpochUnit | undefined =>
  metadata[epochUnitKey] as EpochUnit | undefined;

/** A number of this unit times 10^this is microseconds. */
export const microsecondDigits: Record<EpochUnit, number> = {
  seconds: 6,
  milliseconds: 3,
  microseconds: 0,
  nanoseconds: -3,
};
