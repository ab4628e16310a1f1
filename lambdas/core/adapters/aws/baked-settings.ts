import { readFileSync } from 'node:fs';
import { bakedSettingsFile } from '#contract/environment.ts';
import type { Settings } from '#contract/settings.ts';

/**
 * The settings that lie beside the function's bundle, as synthesis parsed them: nothing is checked or filled in again.
 *
 * @param bundle URL of a file in the bundle's folder.
 */
export function bakedSettings(bundle: string): Settings {
  const file = new URL(bakedSettingsFile, bundle);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`expected the environment's settings beside the bundle at ${file.pathname}`, { cause });
  }
  return JSON.parse(text) as Settings;
}
