import { expect, test } from 'vitest';
import { dev, local, prod } from './environments.ts';

const ofCommitStack = (type: string) => Object.values(prod.resources('commit')).filter(({ Type }) => Type === type);

test('new manifests wake the commit machine: keys only, in batches, without waiting for it', () => {
  const [pipe] = prod.ofType('AWS::Pipes::Pipe');
  expect(pipe?.Properties).toMatchObject({
    SourceParameters: {
      DynamoDBStreamParameters: { StartingPosition: 'LATEST', MaximumBatchingWindowInSeconds: 5 },
      FilterCriteria: {
        Filters: [{ Pattern: '{"eventName":["INSERT"],"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"manifest#"}]}}}}' }],
      },
    },
    TargetParameters: {
      InputTemplate: '{"pk": "<$.dynamodb.Keys.pk.S>", "at": <$.dynamodb.ApproximateCreationDateTime>}',
      StepFunctionStateMachineParameters: { InvocationType: 'FIRE_AND_FORGET' },
    },
  });
});

test('wake-ups gather as long as wakeWindow says', () => {
  const windows = [dev, local].flatMap(({ ofType }) =>
    ofType('AWS::Pipes::Pipe').map(({ Properties }) => Properties.SourceParameters),
  );
  expect(windows).toMatchObject([
    { DynamoDBStreamParameters: { MaximumBatchingWindowInSeconds: 5 } },
    { DynamoDBStreamParameters: { MaximumBatchingWindowInSeconds: 0 } },
  ]);
});

test('commits run in an Express machine that logs its errors', () => {
  const [machine] = ofCommitStack('AWS::StepFunctions::StateMachine');
  expect(machine?.Properties).toMatchObject({
    StateMachineName: 'alluvium-prod-commit',
    StateMachineType: 'EXPRESS',
    LoggingConfiguration: { Level: 'ERROR' },
  });
});

test('the sweeper runs each minute', () => {
  expect(ofCommitStack('AWS::Events::Rule').map(({ Properties }) => Properties.ScheduleExpression)).toEqual([
    'rate(1 minute)',
  ]);
});
