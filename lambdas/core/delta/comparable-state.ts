import type { MetaData, Protocol } from './actions.ts';
import { parseSchema } from './schema.ts';

/** A protocol in the one form of all that mean the same: features are a set, and some writers put them in any order. */
export function comparableProtocol({ readerFeatures, writerFeatures, ...versions }: Protocol): Protocol {
  return { ...versions, ...features('readerFeatures', readerFeatures), ...features('writerFeatures', writerFeatures) };
}

const features = (side: 'readerFeatures' | 'writerFeatures', names: readonly string[] = []): Partial<Protocol> =>
  names.length === 0 ? {} : { [side]: names.toSorted() };

/** metaData whose schema is no text any more, in which members stand in any order. */
export const comparableMetaData = ({ schemaString, ...rest }: MetaData) => ({
  ...rest,
  schema: parseSchema(schemaString),
});
