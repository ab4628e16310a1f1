import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { maintenanceName } from '#contract/maintenance.ts';
import { acknowledgeWildcards } from '../acknowledge.ts';
import type { Environment } from '../environment.ts';
import {
  allowDataFileTags,
  allowDeletes,
  allowObjects,
  allowTableRecords,
  allowUploads,
  everyLog,
  everyTable,
  lakeVariables,
} from '../grants.ts';
import type { StorageStack } from '../stacks/storage-stack.ts';
import { MaintenanceMachine } from './maintenance-machine.ts';
import { optimizeDefinition } from './optimize-definition.ts';
import { PipelineFunction } from './pipeline-function.ts';

export interface OptimizeMachineProps {
  environment: Environment;
  storage: StorageStack;
}

/** Files that are written anew lie on disk, with what comes of them and what DuckDB's memory does not hold. */
const temporaryMiB = 10_240;

/** What merges small files: a function for every step, and the machine that plans each table and merges its bins side by side. */
export class OptimizeMachine extends Construct {
  constructor(scope: Construct, id: string, { environment, storage }: OptimizeMachineProps) {
    super(scope, id);
    const { settings, names } = environment;
    const optimize = new PipelineFunction(this, 'Function', {
      environment,
      folder: 'optimize',
      noun: 'optimize',
      size: settings.functions.optimize,
      variables: lakeVariables(storage, ['lake', 'ledger', 'deltaLog']),
      temporaryMiB,
      isStreaming: true,
    });
    allowTableRecords(optimize, storage);
    optimize.allow(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'], [storage.deltaLog.tableArn]);
    allowObjects(optimize, storage, { read: [everyTable], write: [everyTable] });
    allowUploads(optimize, storage, [everyTable]);
    allowDeletes(optimize, storage, { of: [everyTable], never: [everyLog] });
    allowDataFileTags(optimize, storage, settings);

    const { role } = new MaintenanceMachine(this, 'Machine', {
      environment,
      noun: 'optimize',
      ledger: storage.ledger,
      iterator: optimizeDefinition({
        functionArn: optimize.function.functionArn,
        binsAtOnce: settings.maintenance.optimize.binsAtOnce,
      }),
      functions: [optimize.function],
    });
    /** A Distributed Map runs its items as executions of the machine itself. */
    const name = names.resource(maintenanceName.optimize);
    const arn = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    const runs = [arn('execution', `${name}:*`), arn('execution', `${name}/*`)];
    role.addToPolicy(
      new PolicyStatement({ actions: ['states:StartExecution'], resources: [arn('stateMachine', name)] }),
    );
    role.addToPolicy(
      new PolicyStatement({ actions: ['states:DescribeExecution', 'states:StopExecution'], resources: runs }),
    );
    acknowledgeWildcards(this, runs, 'Runs of the map, and the executions of each, are named as they start.');
  }
}
