import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { bakedSettings } from '#adapters/aws/baked-settings.ts';
import { dynamodbClient, stepFunctionsClient } from '#adapters/aws/clients.ts';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { functionEnvironment } from '#adapters/aws/function-environment.ts';
import { functionLogger } from '#adapters/aws/logger.ts';
import { emfMeasurements } from '#adapters/aws/measurements.ts';
import { type SweepPorts, sweepTables } from '#pipeline/commit/sweep-tables.ts';

const settings = bakedSettings(import.meta.url);
const { ledgerTable, commitMachineArn } = functionEnvironment('ledgerTable', 'commitMachineArn');
const logger = functionLogger(settings.environment, 'sweep');
const measurements = emfMeasurements(settings.environment);
const machines = stepFunctionsClient();

const ports: SweepPorts = {
  ledger: dynamodbLedger(dynamodbClient(), ledgerTable),
  settings,
  wake: async (wakeUps) => {
    await machines.send(
      new StartExecutionCommand({ stateMachineArn: commitMachineArn, input: JSON.stringify(wakeUps) }),
    );
  },
  clock: Date.now,
  measurements,
};

/** Starts the commits that are due and that nothing else has started. */
export async function handler(): Promise<void> {
  try {
    const woken = await sweepTables(ports);
    if (woken.length > 0) logger.info('commits started', { tables: woken });
  } catch (error) {
    logger.error('sweep not finished', error as Error);
    throw error;
  } finally {
    measurements.publish();
  }
}
