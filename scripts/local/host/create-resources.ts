import { CreateTableCommand, type DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, IncreaseStreamRetentionPeriodCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import type { StreamSpec, TableSpec } from '../templates/storage-resources.ts';

/** Whether something was made; false when it was there from an earlier run. */
async function make(creation: Promise<unknown>, existsErrors: readonly string[]): Promise<boolean> {
  try {
    await creation;
    return true;
  } catch (error) {
    if (error instanceof Error && existsErrors.includes(error.name)) return false;
    throw error;
  }
}

export async function createBucket(s3: S3Client, name: string): Promise<void> {
  await make(s3.send(new CreateBucketCommand({ Bucket: name })), ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists']);
}

export async function createTable(dynamodb: DynamoDBClient, spec: TableSpec): Promise<void> {
  const { StreamSpecification: stream, TimeToLiveSpecification: timeToLive } = spec;
  const made = await make(
    dynamodb.send(
      new CreateTableCommand({
        TableName: spec.name,
        KeySchema: spec.KeySchema,
        AttributeDefinitions: spec.AttributeDefinitions,
        BillingMode: 'PAY_PER_REQUEST',
        GlobalSecondaryIndexes: spec.GlobalSecondaryIndexes,
        LocalSecondaryIndexes: spec.LocalSecondaryIndexes,
        ...(stream === undefined ? {} : { StreamSpecification: { StreamEnabled: true, ...stream } }),
      }),
    ),
    ['ResourceInUseException'],
  );
  if (!made || timeToLive?.AttributeName === undefined) return;
  await dynamodb.send(
    new UpdateTimeToLiveCommand({
      TableName: spec.name,
      TimeToLiveSpecification: { AttributeName: timeToLive.AttributeName, Enabled: true },
    }),
  );
}

const defaultRetentionHours = 24;

export async function createStream(
  kinesis: KinesisClient,
  { name, shards, retentionHours }: StreamSpec,
): Promise<void> {
  const mode = shards === undefined ? ({ StreamMode: 'ON_DEMAND' } as const) : ({ StreamMode: 'PROVISIONED' } as const);
  const made = await make(
    kinesis.send(
      new CreateStreamCommand({
        StreamName: name,
        StreamModeDetails: mode,
        ...(shards === undefined ? {} : { ShardCount: shards }),
      }),
    ),
    ['ResourceInUseException'],
  );
  if (!made || retentionHours <= defaultRetentionHours) return;
  await kinesis.send(
    new IncreaseStreamRetentionPeriodCommand({ StreamName: name, RetentionPeriodHours: retentionHours }),
  );
}
