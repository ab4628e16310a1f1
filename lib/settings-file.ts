import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { deadLetterTable } from '#contract/dead-letter-table.ts';
import { sourceResourceName } from '#contract/environment.ts';
import { schemaFilesOfSources } from '#contract/schema-files.ts';
import { type Settings, settings } from '#contract/settings.ts';
import { findings, shown, valueAt } from '#contract/settings-findings.ts';
import { SettingsError } from './settings-error.ts';

/** A setting given beside the file, as `-c tables.flights.latency=5s` gives it; `value` is YAML text. */
export interface Override {
  key: string;
  value: string;
}

const folder = 'config';

/** Names of the environments that `config/` holds, sorted. */
export const environmentsIn = (root: string): string[] =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();

/** Reads and parses `config/<environment>.yaml`, overrides applied. Throws `SettingsError`. */
export function readSettings(root: string, environment: string | undefined, overrides: readonly Override[]): Settings {
  const environments = environmentsIn(root);
  if (environment === undefined || !environments.includes(environment)) {
    throw new SettingsError(
      `expected an environment (-c env=<name>) out of ${environments.join(', ')}; got ${environment ?? 'none'}`,
    );
  }
  const file = `${folder}/${environment}.yaml`;
  if (!/^[a-z][a-z0-9-]*$/.test(environment)) {
    throw new SettingsError(`${file}: expected the environment's name in lower-case letters, digits and -`);
  }
  const read = parseSettings(readFileSync(join(root, file), 'utf8'), { file, environment, overrides, root });
  for (const other of environments) if (other !== environment) assertOwnNames(read, other, root);
  return read;
}

/**
 * Streams and consumer groups are called by environment and source: of `prod` and `prod-eu` two may be called alike, and share
 * what they read.
 */
function assertOwnNames({ environment, sources }: Settings, other: string, root: string): void {
  if (!other.startsWith(`${environment}-`) && !environment.startsWith(`${other}-`)) return;
  const file = `${folder}/${other}.yaml`;
  const theirs = yaml(readFileSync(join(root, file), 'utf8'), file).sources;
  const taken = new Map(
    Object.keys(typeof theirs === 'object' ? (theirs ?? {}) : {}).map((source) => [
      sourceResourceName(other, source),
      source,
    ]),
  );
  for (const source of Object.keys(sources)) {
    const name = sourceResourceName(environment, source);
    const twin = taken.get(name);
    if (twin === undefined) continue;
    throw new SettingsError(
      `${folder}/${environment}.yaml: sources.${source}: expected another name: its stream or consumer group would be ${name}, as that of sources.${twin} in ${file} is; got it`,
    );
  }
}

/** Where a text of settings comes from. */
interface SettingsText {
  /** Its path in `root`. */
  file: string;
  environment: string;
  overrides?: readonly Override[];
  /** Absent: the current folder. */
  root?: string;
}

/** As `readSettings`, from the text of the file named `file`; schema files are read beside it. */
export function parseSettings(text: string, { file, environment, overrides = [], root = '' }: SettingsText): Settings {
  const written = yaml(text, file);
  const effective = overrides.reduce(withOverride, written);
  const { success, data, error } = settings.safeParse(effective);
  if (success) return { ...data, environment, ...schemaFilesOfSources(data, schemaFileReader(root, file)) };
  throw new SettingsError(
    findings(error.issues, effective)
      .map(({ path, message }) => {
        const override = overrides.find(({ key }) => concerns(keyPath(key), path, written));
        return `${override === undefined ? file : `-c ${override.key}`}: ${path.join('.') || 'the whole'}: ${message}`;
      })
      .join('\n'),
    { cause: error },
  );
}

/** Reads a schema file that lies beside the settings file. */
const schemaFileReader =
  (root: string, file: string) =>
  (path: string, source: string): string => {
    const beside = join(dirname(file), path);
    try {
      return readFileSync(join(root, beside)).toString('base64');
    } catch (cause) {
      const key = `${file}: sources.${source}.format.schemaFile`;
      throw new SettingsError(`${key}: expected a file at ${beside}; found none that can be read`, { cause });
    }
  };

/** Whether an override of `key` is what is wrong at `path`: it set it, or something around it, or brought it into being. */
function concerns(key: readonly string[], path: readonly PropertyKey[], written: unknown): boolean {
  const isWithin = (inner: readonly PropertyKey[], outer: readonly PropertyKey[]) =>
    outer.every((part, index) => String(inner[index]) === String(part));
  return isWithin(path, key) || (isWithin(key, path) && valueAt(written, path) === undefined);
}

function yaml(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new SettingsError(`${file}: expected YAML: ${(cause as Error).message}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SettingsError(`${file}: expected keys such as sources and tables, got ${shown(value)}`);
  }
  return value as Record<string, unknown>;
}

/** Keys of Delta table properties hold dots themselves: what follows `properties` is one key. */
function keyPath(key: string): string[] {
  const parts = key.split('.');
  const properties = parts[0] === 'tables' && parts[2] === 'properties' ? 3 : parts.length;
  return properties < parts.length ? [...parts.slice(0, properties), parts.slice(properties).join('.')] : parts;
}

/** Maps whose keys are names of the user's: an override changes what is there, since a name that is not is a slip. */
const named: Record<string, string> = {
  sources: 'source',
  tables: 'table',
  clusters: 'cluster',
  registries: 'registry',
};

function assertNamed(written: Record<string, unknown>, key: string, [room, name]: readonly string[]): void {
  const noun = named[room as string];
  const there = written[room as string];
  if (noun === undefined || name === undefined || typeof there !== 'object' || there === null) return;
  if (name in there || (room === 'tables' && name === deadLetterTable)) return;
  throw new SettingsError(`-c ${key}: expected a ${noun} out of ${Object.keys(there).sort().join(', ')}; got ${name}`);
}

function withOverride(written: Record<string, unknown>, { key, value }: Override): Record<string, unknown> {
  const changed = { ...written };
  const path = keyPath(key);
  if (path.length > 2) assertNamed(written, key, path);
  const last = path.pop() as string;
  let inner = changed;
  for (const part of path) {
    const next = inner[part];
    if (next !== undefined && next !== null && typeof next !== 'object') {
      throw new SettingsError(`-c ${key}: expected ${part} to hold keys, it is ${shown(next)}`);
    }
    const copy = (Array.isArray(next) ? [...next] : { ...next }) as Record<string, unknown>;
    inner[part] = copy;
    inner = copy;
  }
  inner[last] = yamlValue(key, value);
  return changed;
}

function yamlValue(key: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new SettingsError(`-c ${key}: expected a YAML value, got ${text}`, { cause });
  }
}
