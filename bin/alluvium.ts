import { dirname } from 'node:path';
import { exitCodeOf, exitCodes, failureText, isConnectionRefused } from '../scripts/cli/failure.ts';
import { environmentIn, localStackVariables, stackIsDown } from '../scripts/cli/local-stack.ts';
import { print } from '../scripts/cli/print.ts';
import { SetupError, UsageError, type Verb } from '../scripts/cli/verb.ts';

/** Each verb's module is loaded when it is asked for: what one needs is no burden to the others. */
const verbs: Record<string, () => Promise<Verb>> = {
  cat: async () => (await import('../scripts/cli/cat.ts')).cat,
  inspect: async () => (await import('../scripts/cli/inspect.ts')).inspect,
  history: async () => (await import('../scripts/cli/history.ts')).history,
  files: async () => (await import('../scripts/cli/files.ts')).files,
  diff: async () => (await import('../scripts/cli/diff.ts')).diff,
  'log-store': async () => (await import('../scripts/cli/log-store.ts')).logStoreVerb,
  repair: async () => (await import('../scripts/cli/repair.ts')).repair,
  vacuum: async () => (await import('../scripts/cli/vacuum.ts')).vacuum,
  'clean-log': async () => (await import('../scripts/cli/clean-log.ts')).cleanLogVerb,
  optimize: async () => (await import('../scripts/cli/optimize.ts')).optimize,
  restore: async () => (await import('../scripts/cli/restore.ts')).restore,
  'set-property': async () => (await import('../scripts/cli/set-property.ts')).setProperty,
  resume: async () => (await import('../scripts/cli/resume.ts')).resume,
  dlq: async () => (await import('../scripts/cli/dlq.ts')).dlq,
  'take-over': async () => (await import('../scripts/cli/take-over.ts')).takeOver,
  adopt: async () => (await import('../scripts/cli/adopt.ts')).adopt,
  seek: async () => (await import('../scripts/cli/seek.ts')).seek,
  mapping: async () => (await import('../scripts/cli/mapping.ts')).mapping,
  drain: async () => (await import('../scripts/cli/drain.ts')).drain,
  'restore-ledger': async () => (await import('../scripts/cli/restore-ledger.ts')).restoreLedgerVerb,
};

const usageOf = (verb: Verb): string => `  alluvium ${verb.usage}\n      ${verb.purpose}`;

const usage = async (): Promise<string> =>
  [
    'alluvium: reads Delta tables, and looks after those of a pipeline.',
    '',
    ...(await Promise.all(Object.values(verbs).map((load) => load()))).map(usageOf),
    '',
    'A table is a local path, an s3:// URI, or with --env the name of a table of that environment. Region, credentials and',
    'endpoints are those of the usual AWS variables; the ledger, the lake and the log of commits of an environment are those',
    'that ALLUVIUM_LEDGER_TABLE, ALLUVIUM_LAKE_BUCKET and ALLUVIUM_DELTA_LOG_TABLE name, as they do for the functions. Where none',
    'is set, --env local is the stack that npm start has up. ALLUVIUM_KAFKA_BROKERS names brokers where the settings do not.',
    '',
    "A predicate compares columns with literals, joined by and: --where \"day >= '2026-11-01' and city in ('Lyon', 'Metz')\".",
    'An instant is ISO 8601: 2026-11-21T10:15:00Z; without a zone it is in UTC.',
    '',
    'Exit codes: 0 done, 1 failed, 2 not given as it must be, 3 refused: the table asks for what is not supported. With --json an',
    'error is {"error":{"name":…,"message":…}}, a line on the standard error.',
  ].join('\n');

const root = dirname(import.meta.dirname);
const [name = '', ...args] = process.argv.slice(2);
const verb = Object.hasOwn(verbs, name) ? await verbs[name]?.() : undefined;

let usesLocalStack = false;

/** Clients read the environment when a verb makes them. A profile would go before the local stack's credentials. */
function reachLocalStack(): void {
  const variables = localStackVariables(root, process.env);
  usesLocalStack = variables.AWS_ACCESS_KEY_ID !== undefined;
  if (usesLocalStack) delete process.env.AWS_PROFILE;
  Object.assign(process.env, variables);
}

try {
  if (name === '--help' || name === 'help') await print(await usage(), process.stdout);
  else if (verb === undefined) {
    const wanted = `expected one of ${Object.keys(verbs).join(', ')}`;
    throw new UsageError(name === '' ? wanted : `${wanted}, got ${name}`);
  } else if (args.includes('--help')) await print(usageOf(verb), process.stdout);
  else {
    if (environmentIn(args) === 'local') reachLocalStack();
    await print(await verb.run(args, root), process.stdout);
  }
} catch (failure) {
  const error = usesLocalStack && isConnectionRefused(failure) ? stackIsDown(failure) : failure;
  process.exitCode = exitCodeOf(error);
  const isOfCommand = process.exitCode === exitCodes.usage && !(error instanceof SetupError);
  const hint = isOfCommand ? `\n\n${verb === undefined ? await usage() : usageOf(verb)}` : '';
  console.error(failureText(error, args.includes('--json')) + (args.includes('--json') ? '' : hint));
}
