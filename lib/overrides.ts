import type { Override } from './settings-file.ts';

/** Settings among CDK's context (`-c <key>=<value>`): all of it but CDK's own keys, which hold `:` or `/`, and `env`. */
export const overridesIn = (context: Record<string, unknown>): Override[] =>
  Object.entries(context)
    .filter(([key]) => key !== 'env' && !/[:/]/.test(key))
    .map(([key, value]) => ({ key, value: typeof value === 'string' ? value : JSON.stringify(value) }));
