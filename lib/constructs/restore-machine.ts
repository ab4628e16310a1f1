import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { restoreName } from '#contract/restore.ts';
import { acknowledge } from '../acknowledge.ts';
import type { Environment } from '../environment.ts';
import { allowObjects, everyLog, lakeVariables } from '../grants.ts';
import type { StorageStack } from '../stacks/storage-stack.ts';
import { PipelineFunction } from './pipeline-function.ts';
import { PipelineLogGroup } from './pipeline-log-group.ts';
import { restoreDefinition } from './restore-definition.ts';

/** The function that makes a table what it was, and the Standard state machine that calls it now or at a planned time. */
export class RestoreMachine extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { environment, storage }: { environment: Environment; storage: StorageStack },
  ) {
    super(scope, id);
    const { names, settings } = environment;
    const restore = new PipelineFunction(this, 'Table', {
      environment,
      folder: restoreName,
      noun: restoreName,
      size: settings.functions.restore,
      variables: lakeVariables(storage, ['lake', 'ledger', 'deltaLog']),
    });
    restore.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'], [storage.ledger.tableArn]);
    restore.allow(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'], [storage.deltaLog.tableArn]);
    /** Logs may name objects by absolute paths: one that may not be read could not be told from one that is gone. */
    allowObjects(restore, storage, { read: ['*'], write: [everyLog] });

    const logs = new PipelineLogGroup(this, 'Logs', {
      environment,
      /** Step Functions delivers through a resource policy whose size CloudWatch spares for names of this form. */
      name: `/aws/vendedlogs/states${names.logGroup(`${restoreName}-machine`)}`,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [restore.function.functionArn] }),
    );
    new StateMachine(this, 'Machine', {
      stateMachineName: names.resource(restoreName),
      stateMachineType: StateMachineType.STANDARD,
      role,
      definitionBody: DefinitionBody.fromString(
        Stack.of(this).toJsonString(restoreDefinition(restore.function.functionArn)),
      ),
      logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: true },
      tracingEnabled: true,
    });
    acknowledge(this, {
      'AwsSolutions-IAM5[Resource::*]':
        'Log delivery of Step Functions and traces have no resource to name: their actions only accept *.',
    });
  }
}
