import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Environment } from '../environment.ts';

export interface ExpiryQueueProps {
  environment: Environment;
  /** Absent where the lake is outside S3: nothing is told then. */
  lake: Bucket | undefined;
}

/** A message is put aside when it has come back this often. */
const maxReceives = 5;

/** The queue that S3 tells of every object under `tables/` that a lifecycle rule has deleted, and the one behind it. */
export class ExpiryQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { environment, lake }: ExpiryQueueProps) {
    super(scope, id);
    const { settings, names } = environment;
    const common = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    };
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...common,
      queueName: names.resource('expired-dead-letters'),
    });
    this.queue = new Queue(this, 'Queue', {
      ...common,
      queueName: names.resource('expired'),
      /** Six times what one batch may take (AWS's advice), so that none is read twice while it is worked on. */
      visibilityTimeout: Duration.millis(6 * settings.functions.repairExpired.timeoutMs),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: maxReceives },
    });
    /** By account and not by bucket: a policy that names the bucket, which names the queue, could not be deployed. */
    this.queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.queue.queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (lake === undefined) return;
    const bucket = lake.node.defaultChild;
    if (!(bucket instanceof CfnBucket)) throw new Error(`expected ${lake.node.path} to be a bucket of this app`);
    /** By CloudFormation's own property: the CDK's way is a function of its own that sets it afterwards. */
    bucket.notificationConfiguration = {
      queueConfigurations: [
        {
          event: 's3:LifecycleExpiration:*',
          queue: this.queue.queueArn,
          filter: { s3Key: { rules: [{ name: 'prefix', value: 'tables/' }] } },
        },
      ],
    };
    bucket.node.addDependency(this.queue.node.findChild('Policy'));
  }
}
