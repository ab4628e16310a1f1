import { readFileSync } from 'node:fs';
import { bakedSettingsFile } from '#contract/environment.ts';
import type { Settings } from '#contract/settings.ts';

/** The settings that lie beside the bundle `moduleUrl` (`import.meta.url` of the handler). */
export function bakedSettings(moduleUrl: string): Settings {
  const file = new URL(bakedSettingsFile, moduleUrl);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Settings;
  } catch (cause) {
    throw new Error(`expected the settings of this environment in ${file.pathname}, beside the function's bundle`, {
      cause,
    });
  }
}
