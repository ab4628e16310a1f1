import { maxAsyncPayloadBytes } from '../functions/invocation.ts';
import type { LocalFunction } from '../functions/local-function.ts';
import { nameInArn } from '../templates/arn.ts';
import type { Answer } from './answer.ts';

/** `POST /2015-03-31/functions/<name or ARN>/invocations` */
export const invocationPath = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

function refusal(status: number, type: string, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
    body: JSON.stringify({ Type: 'User', Message: message, message }),
  };
}

/** Lambda's Invoke: synchronous, asynchronous (`Event`) or `DryRun`. */
export async function invokeOverHttp(
  functions: ReadonlyMap<string, LocalFunction>,
  reference: string,
  invocationType: string | undefined,
  payload: string,
): Promise<Answer> {
  const name = nameInArn(decodeURIComponent(reference));
  const hosted = functions.get(name);
  if (hosted === undefined) return refusal(404, 'ResourceNotFoundException', `Function not found: ${name}`);
  const event = payload === '' ? '{}' : payload;
  try {
    JSON.parse(event);
  } catch {
    return refusal(400, 'InvalidRequestContentException', 'Could not parse request body into json');
  }
  switch (invocationType) {
    case 'DryRun':
      return { status: 204, headers: {}, body: '' };
    case 'Event': {
      const bytes = Buffer.byteLength(event);
      if (bytes > maxAsyncPayloadBytes) {
        return refusal(413, 'RequestTooLargeException', `expected ${maxAsyncPayloadBytes} bytes at most, got ${bytes}`);
      }
      hosted.invokeAsync(event);
      return { status: 202, headers: {}, body: '' };
    }
  }
  const outcome = await hosted.invoke(event);
  const headers = { 'content-type': 'application/json', 'x-amz-executed-version': '$LATEST' };
  if (outcome.kind === 'succeeded') return { status: 200, headers, body: outcome.payload };
  const { errorType, errorMessage } = outcome.error;
  if (errorType === 'RequestTooLargeException') return refusal(413, errorType, errorMessage);
  if (errorType === 'ServiceException') return refusal(500, errorType, errorMessage);
  return {
    status: 200,
    headers: { ...headers, 'x-amz-function-error': 'Unhandled' },
    body: JSON.stringify(outcome.error),
  };
}
