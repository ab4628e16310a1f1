import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { invocationsToTheEnd, oneInvocation } from '../constructs/maintenance-definition.ts';
import { MaintenanceMachine } from '../constructs/maintenance-machine.ts';
import { OptimizeMachine } from '../constructs/optimize-machine.ts';
import { PipelineFunction } from '../constructs/pipeline-function.ts';
import { RepairFunction } from '../constructs/repair-function.ts';
import { RestoreMachine } from '../constructs/restore-machine.ts';
import type { Environment } from '../environment.ts';
import {
  allowDataFileTags,
  allowDeletes,
  allowManifests,
  allowObjects,
  allowTableRecords,
  allowUploads,
  everyLog,
  everyTable,
  lakeVariables,
} from '../grants.ts';
import type { StorageStack } from './storage-stack.ts';

/** Functions that look after tables once they have been committed to. */
export class MaintenanceStack extends Stack {
  readonly checkpoint: PipelineFunction;
  readonly divert: PipelineFunction;

  constructor(
    scope: Construct,
    id: string,
    { environment, storage, ...props }: StackProps & { environment: Environment; storage: StorageStack },
  ) {
    super(scope, id, props);
    this.checkpoint = new PipelineFunction(this, 'Checkpoint', {
      environment,
      folder: 'checkpoint',
      noun: 'checkpoint',
      size: environment.settings.functions.checkpoint,
      variables: lakeVariables(storage, ['lake', 'ledger']),
    });
    allowTableRecords(this.checkpoint, storage);
    allowObjects(this.checkpoint, storage, { read: [everyLog], write: [everyLog] });
    allowUploads(this.checkpoint, storage, [everyLog]);

    this.divert = new PipelineFunction(this, 'Divert', {
      environment,
      folder: 'divert',
      noun: 'divert',
      size: environment.settings.functions.divert,
      variables: lakeVariables(storage, ['lake', 'ledger']),
    });
    this.divert.allow(['dynamodb:DescribeTable'], [storage.ledger.tableArn]);
    allowManifests(this.divert, storage);
    allowObjects(this.divert, storage, { read: [everyTable], write: [everyTable], neverWrite: [everyLog] });
    allowDataFileTags(this.divert, storage, environment.settings);

    const { functions, repairWindowMs } = environment.settings;
    new OptimizeMachine(this, 'Optimize', { environment, storage });
    const repair = new RepairFunction(this, 'Repair', { environment, noun: 'repair', size: functions.repair, storage });
    new MaintenanceMachine(this, 'RepairMachine', {
      environment,
      noun: 'repair',
      ledger: storage.ledger,
      iterator: oneInvocation(repair.function.functionArn),
      functions: [repair.function],
    });
    new RepairFunction(this, 'RepairExpired', {
      environment,
      noun: 'repair-expired',
      size: functions.repairExpired,
      storage,
    }).read(storage.expired, repairWindowMs);

    new RestoreMachine(this, 'Restore', { environment, storage });

    const { ledger } = storage;
    const vacuum = new PipelineFunction(this, 'Vacuum', {
      environment,
      folder: 'vacuum',
      noun: 'vacuum',
      size: functions.vacuum,
      variables: lakeVariables(storage, ['lake', 'ledger', 'deltaLog']),
    });
    allowManifests(vacuum, storage);
    allowLogs(vacuum, storage);
    allowDeletes(vacuum, storage, { of: [everyTable], never: [everyLog] });
    new MaintenanceMachine(this, 'VacuumMachine', {
      environment,
      noun: 'vacuum',
      ledger,
      iterator: invocationsToTheEnd(vacuum.function.functionArn),
      functions: [vacuum.function],
    });

    const cleanLog = new PipelineFunction(this, 'CleanLog', {
      environment,
      folder: 'clean-log',
      noun: 'clean-log',
      size: functions.logCleanup,
      variables: lakeVariables(storage, ['lake', 'ledger', 'deltaLog']),
    });
    allowTableRecords(cleanLog, storage);
    allowLogs(cleanLog, storage);
    allowDeletes(cleanLog, storage, { of: [everyLog] });
    new MaintenanceMachine(this, 'CleanLogMachine', {
      environment,
      noun: 'logCleanup',
      ledger,
      iterator: oneInvocation(cleanLog.function.functionArn),
      functions: [cleanLog.function],
    });
  }
}

/** Reading logs, and finishing what another writer has begun to commit. */
function allowLogs(to: PipelineFunction, storage: StorageStack): void {
  to.allow(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'], [storage.deltaLog.tableArn]);
  allowObjects(to, storage, { read: [everyLog], write: [everyLog] });
}
