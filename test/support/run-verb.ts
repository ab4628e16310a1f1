import { join } from 'node:path';
import { exitCodeOf, failureText } from '../../scripts/cli/failure.ts';
import type { Verb } from '../../scripts/cli/verb.ts';

const root = join(import.meta.dirname, '../..');

/** What a command has printed, and how it ended. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a verb that answers a text as bin/alluvium.ts does, in this process and with its environment. */
export async function runVerb(verb: Verb, ...args: string[]): Promise<Ran> {
  try {
    return { code: 0, stdout: (await verb.run(args, root)) as string, stderr: '' };
  } catch (error) {
    return { code: exitCodeOf(error), stdout: '', stderr: failureText(error, args.includes('--json')) };
  }
}
