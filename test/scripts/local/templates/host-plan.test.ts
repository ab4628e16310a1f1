import { describe, expect, it } from 'vitest';
import type { StackTemplate, TemplateResource } from '../../../../scripts/local/templates/cloud-assembly.ts';
import { planHosting } from '../../../../scripts/local/templates/host-plan.ts';

const stackOf = (resources: Record<string, TemplateResource>): StackTemplate => ({
  name: 'stack',
  region: 'us-east-1',
  account: '000000000000',
  template: { Resources: resources },
  assets: new Map([['abc123', '/bundles/abc123']]),
});
const planOf = (resources: Record<string, TemplateResource>) => planHosting([stackOf(resources)]);

const streamArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/tickers';
const kinesis = { FunctionName: 'ingest', EventSourceArn: streamArn, StartingPosition: 'TRIM_HORIZON' };
const kafka = {
  FunctionName: 'ingest',
  Topics: ['flights'],
  SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['b:9092'] } },
  StartingPosition: 'LATEST',
};
const mappingOf = (Properties: Record<string, unknown>) =>
  planOf({ Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties } }).mappings[0];

describe('what templates ask for', () => {
  it('refuses a type that is neither hosted nor ignored, by name and logical id', () => {
    expect(() => planOf({ Cache: { Type: 'AWS::ElastiCache::CacheCluster' } })).toThrow(
      'stack stack: Cache is of type AWS::ElastiCache::CacheCluster, which this machine neither hosts nor ignores',
    );
  });

  it.each(['AWS::IAM::Role', 'AWS::CloudWatch::Alarm', 'AWS::Glue::Table', 'AWS::Logs::LogGroup', 'Custom::Anything'])(
    'leaves %s alone',
    (type) => {
      expect(planOf({ Ignored: { Type: type } })).toMatchObject({ buckets: [], functions: [] });
    },
  );

  it('reads queues, and what buckets let expire and tell them', () => {
    const { queues, buckets } = planOf({
      Lake: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          LifecycleConfiguration: {
            Rules: [
              {
                Id: 'data',
                Status: 'Enabled',
                Prefix: 'tables/t/',
                TagFilters: [{ Key: 'alluvium', Value: 'data-file' }],
                ExpirationInDays: 90,
              },
            ],
          },
          NotificationConfiguration: {
            QueueConfigurations: [
              {
                Event: 's3:LifecycleExpiration:*',
                Queue: { 'Fn::GetAtt': ['Expired', 'Arn'] },
                Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'tables/' }] } },
              },
            ],
          },
        },
      },
      Expired: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          QueueName: 'expired',
          VisibilityTimeout: 1800,
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 5 },
        },
      },
      Dead: { Type: 'AWS::SQS::Queue' },
    });
    const arn = 'arn:aws:sqs:us-east-1:000000000000:expired';
    expect(queues).toMatchObject([
      { name: 'expired', arn, visibilityTimeoutS: 1800, redrive: { deadLetterQueue: 'stack-Dead', maxReceives: 5 } },
      { name: 'stack-Dead', visibilityTimeoutS: 30, retentionS: 345_600 },
    ]);
    expect(buckets).toMatchObject([
      {
        lifecycleRules: [{ Id: 'data', ExpirationInDays: 90, TagFilters: [{ Key: 'alluvium', Value: 'data-file' }] }],
        notifications: [{ Event: 's3:LifecycleExpiration:*', Queue: arn }],
      },
    ]);
  });

  it('refuses a lifecycle action or a notification that it would pass over', () => {
    const bucket = (Properties: Record<string, unknown>) => () =>
      planOf({ Lake: { Type: 'AWS::S3::Bucket', Properties } });
    const Rules = [{ Id: 'cold', Status: 'Enabled', Transitions: [{ StorageClass: 'GLACIER' }] }];
    expect(bucket({ LifecycleConfiguration: { Rules } })).toThrow('Transitions');
    expect(bucket({ NotificationConfiguration: { TopicConfigurations: [] } })).toThrow('QueueConfigurations');
  });

  it('reads a mapping of a queue', () => {
    const EventSourceArn = 'arn:aws:sqs:us-east-1:000000000000:expired';
    const queue = { FunctionName: 'repair', EventSourceArn };
    expect(mappingOf(queue)).toMatchObject({ kind: 'sqs', queueName: 'expired', batchSize: 10, windowMs: 0 });
    const large = { ...queue, BatchSize: 10_000, FunctionResponseTypes: ['ReportBatchItemFailures'] };
    expect(mappingOf({ ...large, MaximumBatchingWindowInSeconds: 60 })).toMatchObject({
      batchSize: 10_000,
      windowMs: 60_000,
      reportItemFailures: true,
    });
    expect(() => mappingOf(large)).toThrow('expected 1 second at least with a BatchSize past 10');
    expect(() => mappingOf({ ...queue, StartingPosition: 'LATEST' })).toThrow('StartingPosition');
  });

  it('reads buckets, tables and streams', () => {
    const plan = planOf({
      Lake: { Type: 'AWS::S3::Bucket' },
      Ledger: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: 'ledger',
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
          TimeToLiveSpecification: { AttributeName: 'expireTime', Enabled: true },
        },
      },
      Fixed: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'fixed', ShardCount: 2, RetentionPeriodHours: 168 } },
      Free: {
        Type: 'AWS::Kinesis::Stream',
        Properties: { Name: 'free', StreamModeDetails: { StreamMode: 'ON_DEMAND' } },
      },
    });
    expect(plan.buckets).toEqual([{ name: 'stack-lake', lifecycleRules: [], notifications: [] }]);
    expect(plan.tables[0]).toMatchObject({ name: 'ledger', StreamSpecification: { StreamViewType: 'KEYS_ONLY' } });
    expect(plan.streams).toEqual([
      expect.objectContaining({ name: 'fixed', shards: 2, retentionHours: 168 }),
      { name: 'free', arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/free', retentionHours: 24 },
    ]);
  });

  it('finds the bundle of a function by its asset', () => {
    const { functions } = planOf({
      Ingest: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'ingest',
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { S3Bucket: 'assets', S3Key: 'abc123.zip' },
          MemorySize: 1769,
          Timeout: 300,
          Environment: { Variables: { LEDGER: { Ref: 'Ledger' } } },
        },
      },
      Ledger: {
        Type: 'AWS::DynamoDB::Table',
        Properties: { KeySchema: [], AttributeDefinitions: [] },
      },
    });
    expect(functions[0]).toMatchObject({
      name: 'ingest',
      folder: '/bundles/abc123',
      memoryMiB: 1769,
      timeoutMs: 300_000,
      variables: { LEDGER: 'stack-Ledger' },
    });
  });
});

describe('mappings', () => {
  it('of Kinesis: Lambda’s defaults', () => {
    expect(mappingOf(kinesis)).toEqual({
      kind: 'kinesis',
      id: 'stack.Mapping',
      functionName: 'ingest',
      enabled: true,
      streamName: 'tickers',
      streamArn,
      batchSize: 100,
      windowMs: 0,
      startingPosition: { type: 'TRIM_HORIZON' },
      rules: { maxRetryAttempts: -1, maxRecordAgeMs: -1, bisectOnError: false, reportItemFailures: false },
    });
  });

  it('of Kafka: Lambda’s defaults, retries without end', () => {
    expect(mappingOf(kafka)).toMatchObject({
      kind: 'kafka',
      topic: 'flights',
      eventSource: 'SelfManagedKafka',
      batchSize: 100,
      windowMs: 500,
      pollers: 1,
      rules: { maxRetryAttempts: -1 },
    });
  });

  it('of Kafka: 10 retries by default once a destination is set, unless the template says otherwise', () => {
    const DestinationConfig = { OnFailure: { Destination: 'arn:aws:s3:::failures' } };
    expect(mappingOf({ ...kafka, DestinationConfig })).toMatchObject({
      failureBucket: 'failures',
      rules: { maxRetryAttempts: 10 },
    });
    const given = { ...kafka, DestinationConfig, MaximumRetryAttempts: -1 };
    expect(mappingOf(given)).toMatchObject({ rules: { maxRetryAttempts: -1 } });
  });

  it('of Kafka: provisioned pollers bring partial responses, bisecting, retries and age', () => {
    const ProvisionedPollerConfig = { MinimumPollers: 2, MaximumPollers: 4 };
    const provisioned = {
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 3,
      MaximumRecordAgeInSeconds: 3600,
    };
    expect(mappingOf({ ...kafka, ...provisioned, ProvisionedPollerConfig })).toMatchObject({
      pollers: 2,
      rules: { maxRetryAttempts: 3, maxRecordAgeMs: 3_600_000, bisectOnError: true, reportItemFailures: true },
    });
    for (const [property, value] of Object.entries(provisioned)) {
      expect(() => mappingOf({ ...kafka, [property]: value })).toThrow(`${property}: expected ProvisionedPollerConfig`);
    }
  });

  it.each([
    ['BatchSize', 1, 0],
    ['BatchSize', 10_000, 10_001],
    ['MaximumBatchingWindowInSeconds', 0, -1],
    ['MaximumBatchingWindowInSeconds', 300, 301],
    ['MaximumRetryAttempts', -1, -2],
    ['MaximumRetryAttempts', 10_000, 10_001],
    ['MaximumRecordAgeInSeconds', -1, 0],
    ['MaximumRecordAgeInSeconds', 60, 59],
    ['MaximumRecordAgeInSeconds', 604_800, 604_801],
  ])('allow %s of %i and refuse %i, of both kinds', (property, allowed, refused) => {
    for (const base of [kinesis, { ...kafka, ProvisionedPollerConfig: {} }]) {
      expect(mappingOf({ ...base, [property]: allowed })).toBeDefined();
      expect(() => mappingOf({ ...base, [property]: refused })).toThrow(
        `AWS::Lambda::EventSourceMapping Mapping of stack stack: ${property}: `,
      );
    }
  });

  it.each([
    ['MinimumPollers', 1, 0],
    ['MinimumPollers', 200, 201],
    ['MaximumPollers', 1, 0],
    ['MaximumPollers', 2000, 2001],
  ])('allow %s of %i and refuse %i', (property, allowed, refused) => {
    const pollers = (count: number) => ({ ...kafka, ProvisionedPollerConfig: { [property]: count } });
    expect(mappingOf(pollers(allowed))).toBeDefined();
    expect(() => mappingOf(pollers(refused))).toThrow(`ProvisionedPollerConfig.${property}`);
  });

  it('of Kafka: refuse a maximum of pollers under the minimum', () => {
    const pollers = (MinimumPollers: number, MaximumPollers: number) =>
      mappingOf({ ...kafka, ProvisionedPollerConfig: { MinimumPollers, MaximumPollers } });
    expect(pollers(3, 3)).toMatchObject({ pollers: 3 });
    expect(() => pollers(3, 2)).toThrow('ProvisionedPollerConfig.MaximumPollers: expected MinimumPollers at least');
  });

  it.each([
    ['parallelisation', { ParallelizationFactor: 2 }, /ParallelizationFactor: only 1 is supported/],
    [
      'tumbling windows',
      { TumblingWindowInSeconds: 60 },
      /TumblingWindowInSeconds: tumbling windows are not supported/,
    ],
    [
      'queues as destinations',
      { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:x:y:z' } } },
      /only S3 destinations/,
    ],
    ['filters', { FilterCriteria: { Filters: [] } }, /FilterCriteria/],
    [
      'a time without AT_TIMESTAMP’s',
      { StartingPosition: 'AT_TIMESTAMP' },
      /StartingPositionTimestamp: expected with AT_TIMESTAMP/,
    ],
  ])('refuse %s', (_, properties, message) => {
    expect(() => mappingOf({ ...kinesis, ...properties })).toThrow(message);
  });

  it('start at a time', () => {
    expect(
      mappingOf({ ...kinesis, StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1700000000 }),
    ).toMatchObject({
      startingPosition: { type: 'AT_TIMESTAMP', timeMs: 1_700_000_000_000 },
    });
  });

  it('refuse a source that is no stream, no topic and no queue', () => {
    expect(() => mappingOf({ ...kinesis, EventSourceArn: 'arn:aws:mq:us-east-1:000000000000:broker' })).toThrow(
      /expected Topics, or the EventSourceArn of a Kinesis stream or a queue/,
    );
  });
});

describe('pipes and schedules', () => {
  const pipe = {
    Source: 'arn:aws:dynamodb:us-east-1:0:table/ledger/stream/local',
    Target: 'arn:aws:states:us-east-1:0:stateMachine:commit',
    SourceParameters: { DynamoDBStreamParameters: { StartingPosition: 'LATEST' } },
  };
  const pipeOf = (Properties: Record<string, unknown>) =>
    planOf({ Wake: { Type: 'AWS::Pipes::Pipe', Properties } }).pipes[0];

  it('a pipe waits for the end of executions unless told otherwise', () => {
    expect(pipeOf(pipe)).toMatchObject({
      tableName: 'ledger',
      waitsForEnd: true,
      batchSize: 100,
      windowMs: 0,
      patterns: [],
    });
    const TargetParameters = { StepFunctionStateMachineParameters: { InvocationType: 'FIRE_AND_FORGET' } };
    expect(pipeOf({ ...pipe, TargetParameters })).toMatchObject({ waitsForEnd: false });
  });

  it('a pipe starts at a DynamoDB stream and ends at a state machine', () => {
    expect(() => pipeOf({ ...pipe, Source: streamArn })).toThrow(/only DynamoDB streams/);
    expect(() => pipeOf({ ...pipe, Target: 'arn:aws:lambda:us-east-1:0:function:f' })).toThrow(/only state machines/);
    expect(() => pipeOf({ ...pipe, Enrichment: 'arn:aws:lambda:us-east-1:0:function:f' })).toThrow(
      /enrichment is not supported/,
    );
  });

  const target = { Arn: 'arn:aws:lambda:us-east-1:0:function:sweep', Input: '{"a":1}' };
  it.each([
    ['AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(1 minute)', Target: target }, 60_000],
    ['AWS::Events::Rule', { ScheduleExpression: 'rate(2 hours)', Targets: [target] }, 7_200_000],
  ])('%s', (type, properties, periodMs) => {
    const { schedules } = planOf({ Sweep: { Type: type, Properties: properties } });
    expect(schedules).toEqual([
      { name: 'stack-Sweep', periodMs, enabled: true, targetArn: target.Arn, input: '{"a":1}' },
    ]);
  });

  it('a rule may start a state machine, with its input', () => {
    const Arn = 'arn:aws:states:us-east-1:0:stateMachine:alluvium-local-vacuum';
    const started = {
      Arn,
      Id: 'Target0',
      Input: '{"dryRun":false}',
      RetryPolicy: {},
      RoleArn: 'arn:aws:iam::0:role/r',
    };
    const properties = { ScheduleExpression: 'rate(1 day)', State: 'ENABLED', Targets: [started] };
    expect(planOf({ Daily: { Type: 'AWS::Events::Rule', Properties: properties } }).schedules).toEqual([
      { name: 'stack-Daily', periodMs: 86_400_000, enabled: true, targetArn: Arn, input: '{"dryRun":false}' },
    ]);
  });

  it('a schedule has a rate', () => {
    const properties = { ScheduleExpression: 'cron(0 3 * * ? *)', Target: target };
    expect(() => planOf({ Nightly: { Type: 'AWS::Scheduler::Schedule', Properties: properties } })).toThrow(
      'AWS::Scheduler::Schedule Nightly of stack stack: expected a schedule such as rate(5 minutes), got cron(0 3 * * ? *)',
    );
  });
});
