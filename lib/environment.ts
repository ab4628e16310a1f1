import type { Settings } from '#contract/settings.ts';
import type { FunctionBundles } from './constructs/function-bundle.ts';
import type { Names } from './names.ts';

/** What every stack of one environment is built from. */
export interface Environment {
  settings: Settings;
  names: Names;
  bundles: FunctionBundles;
}
