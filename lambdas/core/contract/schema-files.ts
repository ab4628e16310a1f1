import { schemaFilesOf } from './format-settings.ts';
import type { Settings } from './settings.ts';

/** What the schema files hold that sources' formats name. `read` answers with base64, or throws what is to be said. */
export function schemaFilesOfSources(
  { sources }: Pick<Settings, 'sources'>,
  read: (path: string, source: string) => string,
): Pick<Settings, 'schemaFiles'> {
  const files = Object.entries(sources).flatMap(([source, { format }]) =>
    schemaFilesOf(format).map((path): [string, string] => [path, read(path, source)]),
  );
  return files.length === 0 ? {} : { schemaFiles: Object.fromEntries(files) };
}
