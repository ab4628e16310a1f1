import { dirname } from 'node:path';
import { restoreLedgerVerb } from '../scripts/cli/restore-ledger.ts';
import { resume } from '../scripts/cli/resume.ts';
import { UsageError, type Verb } from '../scripts/cli/verb.ts';

const verbs: Record<string, Verb> = { resume, 'restore-ledger': restoreLedgerVerb };

const usage = [
  'alluvium: for operators of a pipeline. The ledger, the lake and the log of commits are those that ALLUVIUM_LEDGER_TABLE,',
  'ALLUVIUM_LAKE_BUCKET and ALLUVIUM_DELTA_LOG_TABLE name, as they do for the functions.',
  '',
  ...Object.values(verbs).map((verb) => `  alluvium ${verb.usage}\n      ${verb.purpose}`),
].join('\n');

/** A failure and what caused it, a line each. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const line = `${error.name}: ${error.message}`;
  return error.cause === undefined ? line : `${line}\n  caused by ${reasonOf(error.cause)}`;
}

const [name = '', ...args] = process.argv.slice(2);
const verb = verbs[name];
if (verb === undefined) {
  console.error(
    name === '' || name === '--help'
      ? usage
      : `expected one of ${Object.keys(verbs).join(', ')}, got ${name}\n\n${usage}`,
  );
  process.exitCode = name === '--help' ? 0 : 2;
} else {
  try {
    console.log(await verb.run(args, dirname(import.meta.dirname)));
  } catch (error) {
    const isUsage = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    console.error(isUsage ? `${(error as Error).message}\n\n${usage}` : reasonOf(error));
    process.exitCode = isUsage ? 2 : 1;
  }
}
