import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { environmentVariables } from '#contract/environment.ts';
import { CommitMachine } from '../constructs/commit-machine.ts';
import { PipelineFunction } from '../constructs/pipeline-function.ts';
import { WakePipe } from '../constructs/wake-pipe.ts';
import type { Environment } from '../environment.ts';
import {
  allowCatalog,
  allowDataFileTags,
  allowDeletes,
  allowManifests,
  allowObjects,
  allowUploads,
  everyLog,
  everyTable,
  lakeVariables,
} from '../grants.ts';
import type { MaintenanceStack } from './maintenance-stack.ts';
import type { StorageStack } from './storage-stack.ts';

export interface CommitStackProps extends StackProps {
  environment: Environment;
  storage: StorageStack;
  maintenance: MaintenanceStack;
}

/** From a staged manifest to a version of its table: pipe, state machine, commit function, and the sweeper behind them. */
export class CommitStack extends Stack {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { environment, storage, maintenance, ...props }: CommitStackProps) {
    super(scope, id, props);
    const { settings } = environment;

    const commit = new PipelineFunction(this, 'Commit', {
      environment,
      folder: 'commit',
      noun: 'commit',
      size: settings.functions.commit,
      variables: lakeVariables(storage, ['lake', 'ledger', 'deltaLog']),
      isStreaming: true,
    });
    allowManifests(commit, storage);
    commit.allow(['dynamodb:BatchWriteItem'], [storage.ledger.tableArn]);
    commit.allow(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'], [storage.deltaLog.tableArn]);
    const coalesced = Object.entries(settings.tables).flatMap(([name, { coalesce }]) =>
      coalesce.enabled ? [name] : [],
    );
    const objects = coalesced.length > 0 ? everyTable : everyLog;
    allowObjects(commit, storage, { read: [objects], write: [objects] });
    if (coalesced.length > 0) {
      /** Large files in parts, and the small ones that they stand for. */
      allowUploads(commit, storage, [everyTable]);
      allowDeletes(commit, storage, { of: [everyTable], never: [everyLog] });
      allowDataFileTags(commit, storage, settings, coalesced);
    }
    allowCatalog(commit, settings);

    const { machine } = new CommitMachine(this, 'Machine', {
      environment,
      ledger: storage.ledger,
      commit: commit.function,
      checkpoint: maintenance.checkpoint.function,
      divert: maintenance.divert.function,
    });
    this.machine = machine;

    new WakePipe(this, 'Wake', { environment, ledger: storage.ledger, machine });

    const sweep = new PipelineFunction(this, 'Sweep', {
      environment,
      folder: 'sweep',
      noun: 'sweep',
      size: settings.functions.sweep,
      variables: {
        ...lakeVariables(storage, ['ledger']),
        [environmentVariables.commitMachineArn]: machine.stateMachineArn,
      },
    });
    allowManifests(sweep, storage);
    sweep.allow(['states:StartExecution'], [machine.stateMachineArn]);
    new Rule(this, 'EachMinute', {
      description: 'Starts a commit for every table that has waited long enough',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new FunctionTarget(sweep.function, { retryAttempts: 0 })],
    });
  }
}
