import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Environment } from '../environment.ts';
import { allowManifests, allowObjects, everyLog, lakeVariables } from '../grants.ts';
import type { StorageStack } from '../stacks/storage-stack.ts';
import { PipelineFunction, type PipelineFunctionProps } from './pipeline-function.ts';

export interface RepairFunctionProps extends Pick<PipelineFunctionProps, 'size'> {
  environment: Environment;
  /** Its folder, too. */
  noun: 'repair' | 'repair-expired';
  storage: StorageStack;
}

/** As many messages as one batch of a queue may have, if it has time to gather them. */
const mostMessages = 10_000;
const mostMessagesAtOnce = 10;

/** A function that takes missing files out of logs: it may ask for every object of the lake, and put into logs alone. */
export class RepairFunction extends PipelineFunction {
  constructor(scope: Construct, id: string, { environment, noun, size, storage }: RepairFunctionProps) {
    super(scope, id, {
      environment,
      folder: noun,
      noun,
      size,
      variables: lakeVariables(storage, ['lake', 'ledger', 'deltaLog']),
    });
    allowManifests(this, storage);
    this.allow(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'], [storage.deltaLog.tableArn]);
    /** Logs may name objects by absolute paths: one that may not be read could not be told from one that is gone. */
    allowObjects(this, storage, { read: ['*'], write: [everyLog] });
  }

  /** Lets the function have what a queue holds, in batches that gather for `windowMs`. */
  read(queue: IQueue, windowMs: number): void {
    this.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [queue.queueArn]);
    const mapping = new CfnEventSourceMapping(this, 'Mapping', {
      functionName: this.function.functionName,
      eventSourceArn: queue.queueArn,
      batchSize: windowMs === 0 ? mostMessagesAtOnce : mostMessages,
      maximumBatchingWindowInSeconds: windowMs / 1000,
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency: 2 },
    });
    mapping.node.addDependency(this.role);
  }
}
