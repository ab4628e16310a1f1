import { randomUUID } from 'node:crypto';
import type { Condition } from './delivery.ts';

export interface GivenUpBatch {
  mappingId: string;
  functionArn: string;
  condition: Condition;
  invocations: number;
  /** The shard, or topic and partition: a folder of the object's key. */
  folder: string;
  /** `KinesisBatchInfo` or `KafkaBatchInfo`. */
  info: Record<string, unknown>;
  /** The whole event, as the function got it. */
  payload: string;
  nowMs: number;
}

/** The object that Lambda puts into an S3 destination: metadata and the event that was given up. */
export function failureObject(batch: GivenUpBatch): { key: string; body: string } {
  const timestamp = new Date(batch.nowMs).toISOString();
  const [day, time] = [timestamp.slice(0, 10), timestamp.slice(11, 19).replaceAll(':', '.')];
  const name = `${day}T${time}-${randomUUID()}`;
  const responded = batch.invocations > 0;
  const body = JSON.stringify({
    requestContext: {
      requestId: randomUUID(),
      functionArn: `${batch.functionArn}:$LATEST`,
      condition: batch.condition,
      approximateInvokeCount: batch.invocations,
    },
    ...(responded
      ? { responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' } }
      : {}),
    version: '1.0',
    timestamp,
    ...batch.info,
    payload: batch.payload,
  });
  return { key: `aws/lambda/${batch.mappingId}/${batch.folder}/${day.replaceAll('-', '/')}/${name}`, body };
}
