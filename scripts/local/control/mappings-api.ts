import type { SwitchedMapping } from '../mappings/switched-mapping.ts';
import { nameInArn } from '../templates/arn.ts';
import type { Answer } from './answer.ts';

/** `/2015-03-31/event-source-mappings`, with the UUID of one behind it. */
export const mappingsPath = /^\/2015-03-31\/event-source-mappings\/?([^/?]*)(\?.*)?$/;

const json = (status: number, body: object, type?: string): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...(type === undefined ? {} : { 'x-amzn-errortype': type }) },
  body: JSON.stringify(body),
});

/** Lambda's ListEventSourceMappings, GetEventSourceMapping, and of UpdateEventSourceMapping what turns one off and on. */
export async function answerMappings(
  mappings: readonly SwitchedMapping[],
  functions: ReadonlySet<string>,
  { method, uuid, query, body }: { method: string; uuid: string; query: URLSearchParams; body: string },
): Promise<Answer> {
  if (uuid === '') {
    if (method !== 'GET')
      return json(404, { Message: `${method} is not supported on this machine` }, 'UnknownOperation');
    const reference = query.get('FunctionName');
    const name = reference === null ? undefined : nameInArn(reference);
    if (name !== undefined && !functions.has(name)) {
      return json(404, { Type: 'User', Message: `Function not found: ${name}` }, 'ResourceNotFoundException');
    }
    const found = mappings.filter(({ spec }) => name === undefined || spec.functionName === name);
    return json(200, { EventSourceMappings: found.map(described) });
  }
  const mapping = mappings.find((known) => known.uuid === uuid);
  if (mapping === undefined) {
    return json(
      404,
      { Type: 'User', Message: 'The resource you requested does not exist.' },
      'ResourceNotFoundException',
    );
  }
  if (method === 'GET') return json(200, described(mapping));
  if (method !== 'PUT') return json(404, { Message: `${method} is not supported on this machine` }, 'UnknownOperation');
  const { Enabled: enabled, ...others } = JSON.parse(body || '{}') as { Enabled?: boolean };
  if (enabled === undefined || Object.keys(others).length > 0) {
    const message = `expected Enabled alone, which is all that this machine changes; got ${body}`;
    return json(400, { Type: 'User', message }, 'InvalidParameterValueException');
  }
  if (enabled) await mapping.turnOn();
  else mapping.turnOff();
  return json(202, described(mapping));
}

function described({ spec, uuid, state }: SwitchedMapping): object {
  return {
    UUID: uuid,
    State: state,
    FunctionArn: spec.functionName,
    BatchSize: spec.batchSize,
    MaximumBatchingWindowInSeconds: spec.windowMs / 1000,
    ...(spec.kind === 'kinesis' ? { EventSourceArn: spec.streamArn } : {}),
    ...(spec.kind === 'kafka' ? { Topics: [spec.topic] } : {}),
    ...(spec.kind === 'sqs' ? { EventSourceArn: spec.queueArn } : {}),
  };
}
