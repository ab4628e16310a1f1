import type { SourceSettings } from '#contract/source-settings.ts';
import type { RecordRoute } from './record-route.ts';

/** A source's route; nothing where its records go to one table, for which no JMESPath is loaded. */
export async function loadRoute(
  settings: Pick<SourceSettings, 'route' | 'origin'>,
  isKnown: (tableName: string) => boolean,
): Promise<RecordRoute | undefined> {
  if (settings.route === undefined) return undefined;
  const { recordRoute } = await import('./record-route.ts');
  return recordRoute(settings.route, settings, isKnown);
}
