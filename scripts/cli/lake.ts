import { openLake } from '#adapters/aws/open-lake.ts';
import { tablePrefix } from '#contract/environment.ts';
import { lakeEnvironment } from './operator-environment.ts';
import { readSettings } from './read-settings.ts';
import type { TableLocation } from './table-location.ts';

/** A table of an environment's lake, by its name. */
export function lakeTable(name: string, environment: string, root: string): TableLocation {
  const settings = readSettings(root, environment, name);
  const { lakeBucket } = lakeEnvironment(settings, 'lakeBucket');
  const lake = openLake(settings, lakeBucket);
  return { store: lake.storeOf(tablePrefix(name)), locate: lake.locate };
}
