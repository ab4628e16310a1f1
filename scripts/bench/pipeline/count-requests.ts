import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** As the runtime tells the SDK, which tells the service. */
const fromFunction = 'AWS_Lambda_nodejs';

/** Counts what functions ask of S3 and DynamoDB of this process, by operation, until stopped. */
export function countRequests(): { counts: Map<string, number>; stop(): void } {
  const counts = new Map<string, number>();
  const seen = (message: unknown) => {
    const { request } = message as { request: IncomingMessage };
    if (!request.headers['user-agent']?.includes(fromFunction)) return;
    const operation = operationOf(request);
    counts.set(operation, (counts.get(operation) ?? 0) + 1);
  };
  const channel = 'http.server.request.start';
  diagnostics.subscribe(channel, seen);
  return { counts, stop: () => void diagnostics.unsubscribe(channel, seen) };
}

function operationOf({ method, headers }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? target.split('.').at(-1)! : `s3 ${method}`;
}
