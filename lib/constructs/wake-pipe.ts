import { Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { WakeUp } from '#contract/commit-machine.ts';
import { manifestPrefix } from '#contract/ledger-items.ts';
import type { Environment } from '../environment.ts';

export interface WakePipeProps {
  environment: Environment;
  ledger: Table;
  machine: IStateMachine;
}

const template: Record<keyof WakeUp, string> = {
  pk: '"<$.dynamodb.Keys.pk.S>"',
  at: '<$.dynamodb.ApproximateCreationDateTime>',
};

/** From the ledger's stream, keys of new manifests only, to executions of the commit machine. */
export class WakePipe extends Construct {
  constructor(scope: Construct, id: string, { environment, ledger, machine }: WakePipeProps) {
    super(scope, id);
    const { settings, names } = environment;
    const stream = ledger.tableStreamArn;
    if (stream === undefined) throw new Error('expected a ledger with a stream, got one without');
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('pipes.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'dynamodb:DescribeStream',
          'dynamodb:GetRecords',
          'dynamodb:GetShardIterator',
          'dynamodb:ListStreams',
        ],
        resources: [stream],
      }),
    );
    role.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [machine.stateMachineArn] }));
    const pipe = new CfnPipe(this, 'Pipe', {
      name: names.resource('wake'),
      roleArn: role.roleArn,
      source: stream,
      sourceParameters: {
        filterCriteria: {
          filters: [
            {
              pattern: Stack.of(this).toJsonString({
                eventName: ['INSERT'],
                dynamodb: { Keys: { pk: { S: [{ prefix: manifestPrefix }] } } },
              }),
            },
          ],
        },
        dynamoDbStreamParameters: {
          startingPosition: 'LATEST',
          batchSize: 1000,
          maximumBatchingWindowInSeconds: settings.wakeWindowMs / 1000,
          /** A wake-up is a hint: what an hour did not deliver, the sweeper has done. */
          maximumRecordAgeInSeconds: 3600,
        },
      },
      target: machine.stateMachineArn,
      targetParameters: {
        inputTemplate: `{${Object.entries(template)
          .map(([field, value]) => `"${field}": ${value}`)
          .join(', ')}}`,
        stepFunctionStateMachineParameters: { invocationType: 'FIRE_AND_FORGET' },
      },
    });
    pipe.node.addDependency(role);
  }
}
