import { Stack } from 'aws-cdk-lib';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { expect, test } from 'vitest';
import { PinnedMappings } from '../../lib/aspects/pinned-mappings.ts';

type Props = ConstructorParameters<typeof CfnEventSourceMapping>[2];

const kinesis: Props = {
  functionName: 'reader',
  eventSourceArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/s',
  startingPosition: 'TRIM_HORIZON',
  parallelizationFactor: 1,
  maximumRetryAttempts: -1,
  maximumRecordAgeInSeconds: -1,
  bisectBatchOnFunctionError: true,
  functionResponseTypes: ['ReportBatchItemFailures'],
};
const { parallelizationFactor: _, ...unordered } = kinesis;
const kafka: Props = { ...unordered, topics: ['t'], provisionedPollerConfig: { minimumPollers: 1 } };
const queue: Props = {
  functionName: 'reader',
  eventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:q',
  functionResponseTypes: ['ReportBatchItemFailures'],
};
const onDemand: Props = { functionName: 'reader', topics: ['t'] };

function refusals(props: Props): unknown[] {
  const mapping = new CfnEventSourceMapping(new Stack(), 'mapping', props);
  new PinnedMappings().visit(mapping);
  return mapping.node.metadata.filter(({ type }) => type === 'aws:cdk:error').map(({ data }) => data);
}

test.each([
  ['Kinesis', kinesis],
  ['Kafka', kafka],
  ['Kafka by pollers on demand', onDemand],
  ['a queue', queue],
])('%s as this pipeline sets it is accepted', (_, props) => {
  expect(refusals(props)).toEqual([]);
});

test.each<[string, Props, string]>([
  [
    'reading a shard in parallel',
    { ...kinesis, parallelizationFactor: 10 },
    'ParallelizationFactor: expected 1, got 10',
  ],
  [
    'a tumbling window',
    { ...kinesis, tumblingWindowInSeconds: 60 },
    'TumblingWindowInSeconds: expected nothing, got 60',
  ],
  ['giving up after some retries', { ...kinesis, maximumRetryAttempts: 3 }, 'MaximumRetryAttempts: expected -1, got 3'],
  [
    'giving up old records',
    { ...kafka, maximumRecordAgeInSeconds: 60 },
    'MaximumRecordAgeInSeconds: expected -1, got 60',
  ],
  [
    'answering for whole batches',
    { ...kafka, functionResponseTypes: [] },
    'FunctionResponseTypes: expected ["ReportBatchItemFailures"], got []',
  ],
  [
    'answering for whole batches of a queue',
    { ...queue, functionResponseTypes: [] },
    'FunctionResponseTypes: expected ["ReportBatchItemFailures"], got []',
  ],
  [
    'a destination, which bounds the retries of Kafka',
    { ...onDemand, destinationConfig: { onFailure: { destination: 'arn:aws:s3:::failed' } } },
    'DestinationConfig: expected nothing, got {"onFailure":{"destination":"arn:aws:s3:::failed"}}',
  ],
])('%s is refused', (_, props, refusal) => {
  expect(refusals(props)).toContain(refusal);
});
