import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { RestoreInput } from '#contract/restore.ts';
import { stepFunctionsClient } from './clients.ts';

/**
 * Has a restore machine do what `input` says, when it says. Answers the ARN of the execution, by which it can be stopped.
 *
 * @param name Of the execution: asked twice under one name, the machine begins one. A second restore would undo what came after the first.
 */
export async function startRestore(stateMachineArn: string, name: string, input: RestoreInput): Promise<string> {
  const client = stepFunctionsClient();
  try {
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
    );
    return executionArn as string;
  } finally {
    client.destroy();
  }
}
