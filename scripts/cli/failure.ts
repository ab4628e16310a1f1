import { errorNames } from '#contract/error-names.ts';
import { UsageError } from './verb.ts';

export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3 } as const;

/** Nothing is wrong, and it is not done: the table asks for what is not supported here, or forbids what was asked. */
const refusals: ReadonlySet<string> = new Set([
  errorNames.unsupportedProtocol,
  errorNames.unsupportedFeature,
  errorNames.appendOnlyTable,
  errorNames.repairRefused,
  errorNames.vacuumRefused,
  errorNames.restoreRefused,
  errorNames.handoverRefused,
  errorNames.seekRefused,
  errorNames.ledgerRestoreRefused,
  errorNames.drainRefused,
  errorNames.invalidProperty,
  errorNames.logStoreSwitched,
]);

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || (error as { code?: string }).code?.startsWith?.('ERR_PARSE_ARGS')) {
    return exitCodes.usage;
  }
  return refusals.has((error as Error).name) ? exitCodes.refused : exitCodes.failed;
}

/** What to say of a failure: its name and message with what caused it, a line each; or as one line of JSON. */
export function failureText(error: unknown, asJson: boolean): string {
  const isUsage = exitCodeOf(error) === exitCodes.usage;
  if (asJson) {
    const name = error instanceof Error ? error.name : 'Error';
    return JSON.stringify({ error: { name: isUsage ? 'UsageError' : name, message: messageOf(error) } });
  }
  return isUsage ? messageOf(error) : reasonOf(error);
}

/** Of what Node's parser of arguments and the AWS SDK say, what an operator can do about it. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message } = error;
  if (message === 'Region is missing')
    return 'expected AWS_REGION to be set to the region of the bucket, found it unset';
  if (!(error as { code?: string }).code?.startsWith?.('ERR_PARSE_ARGS')) return message;
  const [, ambiguous] = /^Option '.*?(--[\w-]+).*' argument is ambiguous/.exec(message) ?? [];
  if (ambiguous === undefined) return message.split('. ')[0] as string;
  return `expected a value after ${ambiguous}, got another option; a value that begins with a dash is written ${ambiguous}=<value>`;
}

/** Whether nobody listens where something was to be reached. */
export function isConnectionRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' || isConnectionRefused(error.cause);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const line = `${error.name}: ${messageOf(error)}`;
  return error.cause === undefined ? line : `${line}\n  caused by ${reasonOf(error.cause)}`;
}
