import type { SourceSettings } from '#contract/source-settings.ts';
import type { LetterTransforms } from './letter-transforms.ts';
import type { RecordTransforms } from './transform-record.ts';

/** The transforms of records that go to a table, the same object each time. */
export type TransformsOf = (tableName: string) => RecordTransforms;

/** A source's transforms; nothing where it has none and drops nothing, for which no JMESPath is loaded. */
export async function loadTransforms(settings: SourceSettings): Promise<TransformsOf | undefined> {
  if (Object.keys(settings.transforms).length + settings.drop.length === 0) return undefined;
  const { recordTransforms } = await import('./transform-record.ts');
  const byTable = new Map<string, RecordTransforms>();
  return (tableName) => {
    const transforms = byTable.get(tableName) ?? recordTransforms(settings, tableName);
    byTable.set(tableName, transforms);
    return transforms;
  };
}

/** What fills further columns of a source's dead letters; nothing where nothing does, for which no JMESPath is loaded. */
export async function loadLetterTransforms(
  settings: Pick<SourceSettings, 'deadLetters' | 'origin'>,
): Promise<LetterTransforms | undefined> {
  if (Object.keys(settings.deadLetters.transforms).length === 0) return undefined;
  const { letterTransforms } = await import('./letter-transforms.ts');
  return letterTransforms(settings);
}
