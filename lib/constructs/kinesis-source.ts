import { Duration } from 'aws-cdk-lib';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { Construct } from 'constructs';
import type { KinesisOrigin, SourceSettings } from '#contract/source-settings.ts';
import type { Environment } from '../environment.ts';
import type { Lake } from '../grants.ts';
import { removalPolicyOf } from '../removal.ts';
import { IngestFunction } from './ingest-function.ts';
import { kinesisMapping } from './source-mapping.ts';

export interface KinesisSourceProps {
  environment: Environment;
  name: string;
  source: SourceSettings;
  origin: KinesisOrigin;
  lake: Lake;
}

/** A Kinesis stream, made here or elsewhere, and the function that reads it. */
export class KinesisSource extends Construct {
  constructor(scope: Construct, id: string, { environment, name, source, origin, lake }: KinesisSourceProps) {
    super(scope, id);
    const { settings, names } = environment;
    const { shards, retentionMs, streamArn, streamKeyArn } = origin;
    const stream =
      streamArn === undefined
        ? new Stream(this, 'Stream', {
            streamName: names.stream(name),
            encryption: StreamEncryption.MANAGED,
            retentionPeriod: Duration.millis(retentionMs),
            ...(shards === 'onDemand'
              ? { streamMode: StreamMode.ON_DEMAND }
              : { streamMode: StreamMode.PROVISIONED, shardCount: shards }),
            removalPolicy: removalPolicyOf(settings),
          })
        : Stream.fromStreamArn(this, 'Stream', streamArn);
    const reader = new IngestFunction(this, 'Ingest', { environment, name, source, folder: 'ingest-kinesis', lake });
    reader.allow(
      [
        'kinesis:DescribeStream',
        'kinesis:DescribeStreamSummary',
        'kinesis:GetRecords',
        'kinesis:GetShardIterator',
        'kinesis:ListShards',
      ],
      [stream.streamArn],
    );
    if (streamKeyArn !== undefined) reader.allow(['kms:Decrypt'], [streamKeyArn]);
    kinesisMapping(this, reader.function, source, stream.streamArn).node.addDependency(reader.role);
  }
}
