/** How an invocation ended. A payload is JSON text. */
export type InvocationOutcome = { kind: 'succeeded'; payload: string } | ({ kind: 'failed' } & FunctionFailure);

export interface FunctionFailure {
  /** What failed: the handler threw, time ran out, the process ended, or Lambda refused the answer. */
  by: 'handler' | 'timeout' | 'exit' | 'answer';
  /** The error as Lambda answers it: `{errorType, errorMessage, trace?}`. */
  error: { errorType: string; errorMessage: string; trace?: string[] };
}

/** Limit of request and response of a synchronous invocation, and of the whole event of a mapping (Lambda quotas). */
export const maxPayloadBytes = 6 * 1024 * 1024;

/** Limit of the event of an asynchronous invocation (Lambda quotas). */
export const maxAsyncPayloadBytes = 1024 * 1024;
