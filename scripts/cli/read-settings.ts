import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { schemaFilesOfSources } from '#contract/schema-files.ts';
import { type Settings, settings } from '#contract/settings.ts';
import { type Finding, findings } from '#contract/settings-findings.ts';
import { tableKeyOf } from '#contract/table-names.ts';
import { SetupError, UsageError } from './verb.ts';

/**
 * The settings in `config/<environment>.yaml` under `root`. With `tableName`, those are enough that concern this table: faults
 * in what is said of other tables, and of sources, are left to whoever deploys.
 *
 * @throws {UsageError} where there is no such file.
 * @throws {SetupError} where it is not as it must be.
 */
export function readSettings(root: string, environment: string, tableName?: string): Settings {
  const file = `config/${environment}.yaml`;
  let text: string;
  try {
    text = readFileSync(join(root, file), 'utf8');
  } catch (cause) {
    throw new UsageError(`expected the environment's settings in ${file}, found no such file`, { cause });
  }
  let written: unknown = parse(text);
  for (;;) {
    const { success, data, error } = settings.safeParse(written);
    if (success) return { ...data, environment, ...schemaFilesOfSources(data, schemaFileReader(root, file)) };
    const found = findings(error.issues, written);
    const rest = tableName === undefined ? undefined : without(written, found, tableName);
    if (rest === undefined) {
      const lines = found.map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`);
      throw new SetupError(lines.join('\n'), { cause: error });
    }
    written = rest;
  }
}

const schemaFileReader =
  (root: string, file: string) =>
  (path: string, source: string): string => {
    const beside = join(dirname(file), path);
    try {
      return readFileSync(join(root, beside)).toString('base64');
    } catch (cause) {
      throw new SetupError(`${file}: sources.${source}.format.schemaFile: expected a file at ${beside}`, { cause });
    }
  };

type Written = Record<string, Record<string, unknown>>;

/** The settings without the tables and sources that faults are of; nothing where one is of this table or its pattern, or of them all. */
function without(written: unknown, found: readonly Finding[], tableName: string): unknown {
  const rest = structuredClone(written) as Written;
  const own = tableKeyOf((written as Written).tables ?? {}, tableName);
  for (const { path } of found) {
    const [part, name] = path.map(String);
    const isElsewhere = part === 'sources' || (part === 'tables' && name !== own);
    const isThere = name !== undefined && (written as Written)[part as string]?.[name] !== undefined;
    if (!isElsewhere || !isThere) return undefined;
    delete rest[part]?.[name];
  }
  return rest;
}
