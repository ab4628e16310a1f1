/** Functions that expressions have besides JMESPath's own, with the kinds of their arguments. */
export const transformFunctions = {
  substr: ['string', 'number', 'number'],
  epoch_seconds_to_iso8601: ['number'],
  epoch_millis_to_iso8601: ['number'],
  epoch_micros_to_iso8601: ['number'],
  epoch_nanos_to_iso8601: ['number'],
  epoch_millis_to_micro: ['number'],
  iso8601_to_epoch_seconds: ['string'],
  iso8601_to_epoch_millis: ['string'],
  iso8601_to_epoch_micros: ['string'],
} as const satisfies Record<string, readonly ('string' | 'number')[]>;

export type TransformFunction = keyof typeof transformFunctions;

export const isTransformFunction = (name: string): name is TransformFunction => Object.hasOwn(transformFunctions, name);
