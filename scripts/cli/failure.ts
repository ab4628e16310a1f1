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
  if (asJson) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    const isUsage = exitCodeOf(error) === exitCodes.usage;
    return JSON.stringify({ error: { name: isUsage ? 'UsageError' : name, message } });
  }
  return exitCodeOf(error) === exitCodes.usage ? (error as Error).message : reasonOf(error);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const line = `${error.name}: ${error.message}`;
  return error.cause === undefined ? line : `${line}\n  caused by ${reasonOf(error.cause)}`;
}
