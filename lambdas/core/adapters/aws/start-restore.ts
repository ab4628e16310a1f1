import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { RestoreInput } from '#contract/restore.ts';
import { stepFunctionsClient } from './clients.ts';

/** Has a restore machine do what `input` says, when it says. Answers the ARN of the execution, by which it can be stopped. */
export async function startRestore(stateMachineArn: string, input: RestoreInput): Promise<string> {
  const client = stepFunctionsClient();
  try {
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
    );
    return executionArn as string;
  } finally {
    client.destroy();
  }
}
