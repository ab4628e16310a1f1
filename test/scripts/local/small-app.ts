// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub writes its placeholders so.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Handlers reach services by plain HTTP, as any SDK does underneath. */
const helpers = `
import { appendFileSync } from 'node:fs';
const call = async (endpoint, target, body) => {
  const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0', authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=x' };
  const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
};
const note = (line) => appendFileSync(process.env.NOTES, JSON.stringify(line) + '\\n');
`;

const ingest = `${helpers}
export const handler = async (event) => {
  const values = (event.Records ?? Object.values(event.records).flat())
    .map((record) => Buffer.from(record.kinesis ? record.kinesis.data : record.value, 'base64').toString());
  for (const value of values) {
    await call(process.env.AWS_ENDPOINT_URL_DYNAMODB, 'DynamoDB_20120810.PutItem',
      { TableName: process.env.LEDGER, Item: { pk: { S: 'manifest#' + value } } });
  }
  note({ ingested: values });
  return { batchItemFailures: [] };
};`;

const commit = `${helpers}
export const handler = async ({ pk }) => {
  const answer = await fetch(process.env.AWS_ENDPOINT_URL_S3 + '/' + process.env.LAKE + '/' + encodeURIComponent(pk), { method: 'PUT', body: pk });
  if (!answer.ok) throw new Error(await answer.text());
  note({ committed: pk });
};`;

const sweep = `${helpers}
export const handler = async () => {
  await call(process.env.AWS_ENDPOINT_URL_SFN, 'AWSStepFunctions.StartExecution',
    { stateMachineArn: process.env.MACHINE, input: JSON.stringify([{ pk: 'swept' }]) });
};`;

const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

/** Writes a cloud assembly with one of everything: stream, topic, table, bucket, functions, pipe, schedule, state machine. */
export function writeSmallApp(folder: string, notesPath: string): void {
  const lambda = (asset: string, Variables: Record<string, unknown>) => ({
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: 'assets', S3Key: `${asset}.zip` },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Timeout: 10,
      Environment: { Variables: { NOTES: notesPath, ...Variables } },
    },
  });
  const mapping = (properties: Record<string, unknown>) => ({
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      FunctionName: { Ref: 'Ingest' },
      StartingPosition: 'TRIM_HORIZON',
      MaximumBatchingWindowInSeconds: 0,
      ...properties,
    },
  });
  const machine = {
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        ItemProcessor: {
          StartAt: 'Commit',
          States: {
            Commit: {
              Type: 'Task',
              Resource: 'arn:aws:states:::lambda:invoke',
              Parameters: { FunctionName: '${Commit.Arn}', 'Payload.$': '$' },
              End: true,
            },
          },
        },
        End: true,
      },
    },
  };
  const resources = {
    Lake: { Type: 'AWS::S3::Bucket' },
    Ledger: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
      },
    },
    Stream: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'tickers', ShardCount: 2 } },
    Ingest: lambda('ingest', { LEDGER: { Ref: 'Ledger' } }),
    Commit: lambda('commit', { LAKE: { Ref: 'Lake' } }),
    Sweep: lambda('sweep', { MACHINE: { Ref: 'Machine' } }),
    FromStream: mapping({ EventSourceArn: arn('Stream') }),
    FromTopic: mapping({ Topics: ['flights'], SelfManagedEventSource: {} }),
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: { StateMachineType: 'EXPRESS', DefinitionString: { 'Fn::Sub': JSON.stringify(machine) } },
    },
    Wake: {
      Type: 'AWS::Pipes::Pipe',
      Properties: {
        Source: { 'Fn::GetAtt': ['Ledger', 'StreamArn'] },
        Target: arn('Machine'),
        SourceParameters: {
          FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
          DynamoDBStreamParameters: { StartingPosition: 'TRIM_HORIZON' },
        },
        TargetParameters: {
          InputTemplate: '{"pk": <$.dynamodb.Keys.pk.S>}',
          StepFunctionStateMachineParameters: { InvocationType: 'FIRE_AND_FORGET' },
        },
      },
    },
    Minutely: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: { ScheduleExpression: 'rate(1 second)', Target: { Arn: arn('Sweep') } },
    },
    Role: { Type: 'AWS::IAM::Role' },
  };
  const bundles = { ingest, commit, sweep };
  mkdirSync(folder, { recursive: true });
  for (const [name, code] of Object.entries(bundles)) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'index.mjs'), code);
  }
  const files = Object.fromEntries(Object.keys(bundles).map((name) => [name, { source: { path: name } }]));
  const json = {
    'manifest.json': {
      artifacts: {
        'small.assets': { type: 'cdk:asset-manifest', properties: { file: 'small.assets.json' } },
        small: {
          type: 'aws:cloudformation:stack',
          environment: 'aws://unknown-account/us-east-1',
          properties: { templateFile: 'small.template.json' },
        },
      },
    },
    'small.assets.json': { files },
    'small.template.json': { Resources: resources },
  };
  for (const [name, value] of Object.entries(json)) writeFileSync(join(folder, name), JSON.stringify(value));
}
