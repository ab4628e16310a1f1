import { Duration, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { executionS } from '#contract/commit-machine.ts';
import { acknowledge } from '../acknowledge.ts';
import type { Environment } from '../environment.ts';
import { commitDefinition } from './commit-definition.ts';
import { PipelineLogGroup } from './pipeline-log-group.ts';

export interface CommitMachineProps {
  environment: Environment;
  ledger: Table;
  commit: IFunction;
  checkpoint: IFunction;
  divert: IFunction;
}

/** The Express state machine that takes a table's lease, commits while there is something ripe, and lets go. */
export class CommitMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { environment, ledger, commit, checkpoint, divert }: CommitMachineProps) {
    super(scope, id);
    const { names } = environment;
    /** Step Functions delivers through a resource policy whose size CloudWatch spares for names of this form. */
    const name = `/aws/vendedlogs/states${names.logGroup('commit-machine')}`;
    const logs = new PipelineLogGroup(this, 'Logs', { environment, name });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        resources: [ledger.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['table#*'] } },
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [commit.functionArn, checkpoint.functionArn, divert.functionArn],
      }),
    );
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: names.resource('commit'),
      stateMachineType: StateMachineType.EXPRESS,
      timeout: Duration.seconds(executionS),
      role,
      definitionBody: DefinitionBody.fromString(
        Stack.of(this).toJsonString(
          commitDefinition({
            ledgerTable: ledger.tableName,
            commitFunction: commit.functionArn,
            checkpointFunction: checkpoint.functionArn,
            divertFunction: divert.functionArn,
          }),
        ),
      ),
      logs: { destination: logs, level: LogLevel.ERROR, includeExecutionData: true },
    });
    acknowledge(this, {
      'AwsSolutions-SF1': 'Errors are logged; a log of each event of each commit would cost more than the commits do.',
      'AwsSolutions-SF2':
        'Freshness, conflicts and failures are measured by table; a trace of each commit would tell no more.',
      'AwsSolutions-IAM5[Resource::*]':
        'Log delivery of Step Functions has no resource to name: its actions only accept *.',
    });
  }
}
