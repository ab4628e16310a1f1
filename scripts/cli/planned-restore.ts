import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { stepFunctionsClient } from '#adapters/aws/clients.ts';
import type { RestoreInput } from '#contract/restore.ts';
import { operatorEnvironment } from './operator-environment.ts';

/**
 * Has the environment's restore machine do it at `input.at`. Answers the ARN of the execution that waits, by which it can be stopped.
 *
 * @throws {SetupError} where no variable names the machine.
 */
export async function planRestore(input: RestoreInput): Promise<string> {
  const { restoreMachineArn } = operatorEnvironment('restoreMachineArn');
  const client = stepFunctionsClient();
  try {
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn: restoreMachineArn, input: JSON.stringify(input) }),
    );
    return executionArn as string;
  } finally {
    client.destroy();
  }
}
