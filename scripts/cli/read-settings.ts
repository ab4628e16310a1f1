import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Settings, settings } from '#contract/settings.ts';
import { UsageError } from './verb.ts';

/**
 * The settings in `config/<environment>.yaml` under `root`.
 *
 * @throws {UsageError} where there is no such file, or it is not as it must be.
 */
export function readSettings(root: string, environment: string): Settings {
  const file = `config/${environment}.yaml`;
  let text: string;
  try {
    text = readFileSync(join(root, file), 'utf8');
  } catch (cause) {
    throw new UsageError(`expected the environment's settings in ${file}, found no such file`, { cause });
  }
  const parsed = settings.safeParse(parse(text));
  if (!parsed.success) throw new UsageError(`${file}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
  return { ...parsed.data, environment };
}
