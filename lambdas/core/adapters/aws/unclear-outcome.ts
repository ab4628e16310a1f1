/** HTTP status of an AWS SDK error; `undefined` when no answer came: time-outs, resets, closed sockets. */
export function httpStatusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
}

/**
 * Whether a failed request may have taken effect all the same: a server's fault or no answer at all, after the SDK's own
 * attempts. An error that never left this process has no `$metadata` and is not of the SDK's requests.
 */
export function mayHaveTakenEffect(error: unknown): boolean {
  const status = httpStatusOf(error);
  if (status !== undefined) return status >= 500;
  return error instanceof Error && '$metadata' in error;
}
