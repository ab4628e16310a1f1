import type { Execution } from '../machines/execution.ts';
import { IntegrationError } from '../machines/integration-error.ts';
import type { LocalMachine } from '../machines/local-machine.ts';
import type { Answer } from './answer.ts';

export const stepFunctionsTarget = 'AWSStepFunctions.';

interface Request {
  stateMachineArn?: string;
  executionArn?: string;
  name?: string;
  input?: string;
}

const headers = { 'content-type': 'application/x-amz-json-1.0' };
const json = (body: unknown): Answer => ({ status: 200, headers, body: JSON.stringify(body) });
const refusal = (type: string, message: string): Answer => ({
  status: 400,
  headers,
  body: JSON.stringify({ __type: type, message }),
});

/** StartExecution, DescribeExecution and StopExecution (Standard machines) and ListStateMachines, in AWS JSON 1.0. */
export function answerStepFunctions(machines: ReadonlyMap<string, LocalMachine>, action: string, body: string): Answer {
  const request = JSON.parse(body || '{}') as Request;
  switch (action) {
    case 'StartExecution':
      return startExecution(machines, request);
    case 'DescribeExecution':
      return describeExecution(machines, request.executionArn ?? '');
    case 'StopExecution':
      return stopExecution(machines, request.executionArn ?? '');
    case 'ListStateMachines':
      return json({
        stateMachines: [...machines.values()].map(({ spec }) => ({
          stateMachineArn: spec.arn,
          name: spec.name,
          type: spec.type,
          creationDate: 0,
        })),
      });
    default:
      return refusal('UnknownOperationException', `${action} is not supported on this machine`);
  }
}

function startExecution(machines: ReadonlyMap<string, LocalMachine>, request: Request): Answer {
  const machine = machines.get(request.stateMachineArn ?? '');
  if (machine === undefined) {
    return refusal('StateMachineDoesNotExist', `State Machine Does Not Exist: '${request.stateMachineArn}'`);
  }
  try {
    const { execution } = machine.start(request.input ?? '{}', request.name);
    return json({ executionArn: execution.arn, startDate: execution.startedMs / 1000 });
  } catch (error) {
    if (error instanceof IntegrationError) return refusal(error.name, error.message);
    throw error;
  }
}

function describeExecution(machines: ReadonlyMap<string, LocalMachine>, arn: string): Answer {
  if (arn.includes(':express:')) {
    return refusal('StateMachineTypeNotSupported', 'This operation is not supported by this type of state machine');
  }
  for (const machine of machines.values()) {
    const execution = machine.describe(arn);
    if (execution !== undefined) return json(described(execution));
  }
  return refusal('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
}

function stopExecution(machines: ReadonlyMap<string, LocalMachine>, arn: string): Answer {
  if (arn.includes(':express:')) {
    return refusal('StateMachineTypeNotSupported', 'This operation is not supported by this type of state machine');
  }
  for (const machine of machines.values()) {
    if (machine.describe(arn) === undefined) continue;
    machine.stop(arn);
    return json({ stopDate: Date.now() / 1000 });
  }
  return refusal('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
}

const described = (execution: Execution) => ({
  executionArn: execution.arn,
  stateMachineArn: execution.machineArn,
  name: execution.name,
  status: execution.status,
  startDate: execution.startedMs / 1000,
  ...(execution.stoppedMs === undefined ? {} : { stopDate: execution.stoppedMs / 1000 }),
  input: execution.input,
  ...(execution.output === undefined ? {} : { output: execution.output }),
  ...(execution.error === undefined ? {} : { error: execution.error, cause: execution.cause }),
});
