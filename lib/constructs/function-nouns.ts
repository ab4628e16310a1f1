import { restoreName } from '#contract/restore.ts';
import type { Settings } from '#contract/settings.ts';

/** What the functions of an environment are called by: readers by their sources. */
export const functionNouns = ({ sources }: Pick<Settings, 'sources'>): string[] => [
  ...Object.keys(sources).map((source) => `ingest-${source}`),
  'commit',
  'sweep',
  'checkpoint',
  'divert',
  'optimize',
  'vacuum',
  'clean-log',
  'repair',
  'repair-expired',
  restoreName,
];
