import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { instantMs } from '#pipeline/restore/instant.ts';
import { UsageError } from './verb.ts';

/** Options of every verb that reads a table. */
export const readingOptions = {
  env: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const satisfies ParseArgsOptionsConfig;

/** Options of verbs that read one version of it. */
export const versionOptions = {
  version: { type: 'string' },
  timestamp: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

/** `count` arguments beside options; else a usage error that says what was expected. */
export function readArguments<Options extends ParseArgsOptionsConfig>(
  args: string[],
  options: Options,
  count: number,
  usage: string,
) {
  const parsed = parseArgs({ args, options, allowPositionals: true });
  if (parsed.positionals.length !== count)
    throw new UsageError(`expected ${usage}, got ${args.join(' ') || 'nothing'}`);
  return parsed;
}

/** The whole number that option `name` says. */
export function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new UsageError(`expected ${name} to be a whole number, got ${text}`);
  }
  return number;
}

/** The instant that `option` says. ISO 8601; without a zone it is in UTC. */
export function instantOf(text: string, option = '--timestamp'): number {
  const ms = instantMs(text);
  if (ms === undefined) {
    throw new UsageError(`expected ${option} to be an instant such as 2026-11-21T10:15:00Z, got ${text}`);
  }
  return ms;
}
