import { errorNames } from '#contract/error-names.ts';

/** Settings that nobody can use: where they were read from, and for each wrong key its path, its value and what was expected. */
export class SettingsError extends Error {
  override name = errorNames.settings;
}
