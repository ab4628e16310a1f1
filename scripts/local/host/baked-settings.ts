import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bakedSettingsFile, environmentVariables } from '#contract/environment.ts';
import type { Settings } from '#contract/settings.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import type { FunctionResource } from '../templates/function-resource.ts';

export interface FedSource {
  name: string;
  settings: SourceSettings;
}

/** The source that a function ingests, as the settings beside its bundle describe it; undefined for any other function. */
export function sourceOf({ folder, variables }: FunctionResource): FedSource | undefined {
  const name = variables[environmentVariables.source];
  if (name === undefined || folder === undefined) return undefined;
  const path = join(folder, bakedSettingsFile);
  if (!existsSync(path)) return undefined;
  const { sources } = JSON.parse(readFileSync(path, 'utf8')) as Settings;
  const settings = sources[name];
  if (settings === undefined)
    throw new Error(`${path}: expected source ${name}, found ${Object.keys(sources).join(', ')}`);
  return { name, settings };
}
