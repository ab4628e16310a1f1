import type { SourceSettings } from '#contract/source-settings.ts';
import type { RecordTransforms } from './transform-record.ts';

/** A source's transforms; nothing where it has none and drops nothing, for which no JMESPath is loaded. */
export async function loadTransforms(settings: SourceSettings): Promise<RecordTransforms | undefined> {
  if (Object.keys(settings.transforms).length + settings.drop.length === 0) return undefined;
  const { recordTransforms } = await import('./transform-record.ts');
  return recordTransforms(settings, settings.table);
}
