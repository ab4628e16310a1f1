import { Duration, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { tableNamesPk } from '#contract/ledger-items.ts';
import { type MaintenanceInput, type MaintenanceNoun, maintenanceName } from '#contract/maintenance.ts';
import { acknowledge } from '../acknowledge.ts';
import type { Environment } from '../environment.ts';
import { maintenanceDefinition } from './maintenance-definition.ts';
import { PipelineLogGroup } from './pipeline-log-group.ts';
import type { Definition } from './states-language.ts';

export interface MaintenanceMachineProps {
  environment: Environment;
  noun: MaintenanceNoun;
  ledger: Table;
  /** What is done with a table (`MaintenanceRequest`): `oneInvocation`, or states of the noun's own that end with `done` or `failed`. */
  iterator: Definition;
  /** What the iterator invokes. */
  functions: readonly IFunction[];
}

/** The Standard state machine that looks after every table in one way, and the schedule that starts it. */
export class MaintenanceMachine extends Construct {
  readonly machine: StateMachine;
  readonly role: Role;

  constructor(
    scope: Construct,
    id: string,
    { environment, noun, ledger, iterator, functions }: MaintenanceMachineProps,
  ) {
    super(scope, id);
    const { names, settings } = environment;
    const name = maintenanceName[noun];
    const { schedule, tablesAtOnce } = settings.maintenance[noun];
    const logs = new PipelineLogGroup(this, 'Logs', {
      environment,
      /** Step Functions delivers through a resource policy whose size CloudWatch spares for names of this form. */
      name: `/aws/vendedlogs/states${names.logGroup(`${name}-machine`)}`,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['dynamodb:Query'],
        resources: [ledger.tableArn],
        conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [tableNamesPk] } },
      }),
    );
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: functions.map(({ functionArn }) => functionArn),
      }),
    );
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: names.resource(name),
      stateMachineType: StateMachineType.STANDARD,
      timeout: Duration.hours(12),
      role: this.role,
      definitionBody: DefinitionBody.fromString(
        Stack.of(this).toJsonString(maintenanceDefinition({ ledgerTable: ledger.tableName, tablesAtOnce, iterator })),
      ),
      logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: true },
      tracingEnabled: true,
    });
    acknowledge(this, {
      'AwsSolutions-IAM5[Resource::*]':
        'Log delivery of Step Functions and traces have no resource to name: their actions only accept *.',
    });
    if (schedule === 'never') return;
    const input: MaintenanceInput = { dryRun: false };
    new Rule(this, 'Schedule', {
      description: `Starts ${name} of every table`,
      schedule: Schedule.expression(schedule),
      targets: [new SfnStateMachine(this.machine, { input: RuleTargetInput.fromObject(input), retryAttempts: 3 })],
    });
  }
}
