import type { SourceSettings } from '#contract/source-settings.ts';
import type { SourceRoute } from './source-route.ts';
import type { TableRefusal } from './table-namer.ts';

/** A source's route; nothing where its records go to one table, for which no JMESPath is loaded. */
export async function loadRoute(
  settings: Pick<SourceSettings, 'route' | 'origin'>,
  refusalOf: (tableName: string) => TableRefusal,
): Promise<SourceRoute | undefined> {
  if (settings.route === undefined) return undefined;
  const [{ recordRoute }, { SourceRoute }] = await Promise.all([
    import('./record-route.ts'),
    import('./source-route.ts'),
  ]);
  return new SourceRoute(recordRoute(settings.route, settings, refusalOf));
}
