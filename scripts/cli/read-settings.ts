import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Settings, settings } from '#contract/settings.ts';
import { findings } from '#contract/settings-findings.ts';
import { SetupError, UsageError } from './verb.ts';

/**
 * The settings in `config/<environment>.yaml` under `root`.
 *
 * @throws {UsageError} where there is no such file.
 * @throws {SetupError} where it is not as it must be.
 */
export function readSettings(root: string, environment: string): Settings {
  const file = `config/${environment}.yaml`;
  let text: string;
  try {
    text = readFileSync(join(root, file), 'utf8');
  } catch (cause) {
    throw new UsageError(`expected the environment's settings in ${file}, found no such file`, { cause });
  }
  const written: unknown = parse(text);
  const { success, data, error } = settings.safeParse(written);
  if (success) return { ...data, environment };
  const lines = findings(error.issues, written).map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`);
  throw new SetupError(lines.join('\n'), { cause: error });
}
