import {
  DeleteItemCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { InvocationOutcome } from '../functions/invocation.ts';
import { IntegrationError } from './integration-error.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What tasks of state machines reach. */
export interface IntegrationHost {
  dynamodb: DynamoDBClient;
  /** By name or ARN; undefined when there is no such function. */
  invoke(functionName: string, payload: string): Promise<InvocationOutcome> | undefined;
  invokeAsync(functionName: string, payload: string): boolean;
  /** Accepts an execution and answers its ARN. */
  startExecution(machineArn: string, input: string, name: string | undefined): string;
}

/** The task of a state: from evaluated Parameters to its result. */
export type Task = (parameters: Json) => Promise<Json>;

/** The task that a state's Resource names. Throws for one that this machine does not know. */
export function taskOf(resource: string, host: IntegrationHost): Task {
  const [, service, action] = /^arn:aws:states:::(?:aws-sdk:)?([a-z]+):([a-zA-Z]+)$/.exec(resource) ?? [];
  if (service === 'lambda' && action === 'invoke') return (parameters) => invokeFunction(parameters, host);
  if (service === 'dynamodb') return dynamodbTask(action!, resource, host);
  if (service === 'states' || service === 'sfn') {
    if (action === 'startExecution') return async (parameters) => startExecution(parameters, host);
  }
  if (resource.startsWith('arn:aws:lambda:')) {
    return async (input) => JSON.parse(await answerOf(resource, JSON.stringify(input), host));
  }
  throw new Error(`state machines on this machine do not know the resource ${resource}`);
}

const fields = (parameters: Json): Record<string, Json | undefined> => parameters as Record<string, Json>;

async function invokeFunction(parameters: Json, host: IntegrationHost): Promise<Json> {
  const { FunctionName, Payload = {}, InvocationType } = fields(parameters);
  const payload = JSON.stringify(Payload);
  if (InvocationType === 'Event') {
    if (!host.invokeAsync(FunctionName as string, payload)) throw noFunction(FunctionName as string);
    return { StatusCode: 202, Payload: '' };
  }
  const answer = await answerOf(FunctionName as string, payload, host);
  return { ExecutedVersion: '$LATEST', StatusCode: 200, Payload: JSON.parse(answer) };
}

const noFunction = (name: string): IntegrationError =>
  new IntegrationError('Lambda.ResourceNotFoundException', `Function not found: ${name}`);

async function answerOf(functionName: string, payload: string, host: IntegrationHost): Promise<string> {
  const invocation = host.invoke(functionName, payload);
  if (invocation === undefined) throw noFunction(functionName);
  const outcome = await invocation;
  if (outcome.kind === 'succeeded') return outcome.payload;
  throw new IntegrationError(outcome.error.errorType, JSON.stringify(outcome.error));
}

const dynamodbCommands = {
  getItem: GetItemCommand,
  putItem: PutItemCommand,
  updateItem: UpdateItemCommand,
  deleteItem: DeleteItemCommand,
  query: QueryCommand,
  transactWriteItems: TransactWriteItemsCommand,
} as const;

function dynamodbTask(action: string, resource: string, { dynamodb }: IntegrationHost): Task {
  const Command = dynamodbCommands[action as keyof typeof dynamodbCommands] as
    | (new (
        input: never,
      ) => GetItemCommand)
    | undefined;
  if (Command === undefined) throw new Error(`state machines on this machine do not know the resource ${resource}`);
  // The SDK's integration names the same errors otherwise than DynamoDB's own.
  const prefix = resource.includes(':aws-sdk:') ? 'DynamoDb' : 'DynamoDB';
  return async (parameters) => {
    try {
      const { $metadata: _, ...result } = await dynamodb.send(new Command(parameters as never));
      return JSON.parse(JSON.stringify(result));
    } catch (error) {
      if (!(error instanceof DynamoDBServiceException)) throw error;
      const name = error.name.endsWith('Exception') ? error.name : `${error.name}Exception`;
      throw new IntegrationError(`${prefix}.${name}`, error.message);
    }
  };
}

function startExecution(parameters: Json, host: IntegrationHost): Json {
  const { StateMachineArn, Input = {}, Name } = fields(parameters);
  const input = typeof Input === 'string' ? Input : JSON.stringify(Input);
  const executionArn = host.startExecution(StateMachineArn as string, input, Name as string | undefined);
  return { ExecutionArn: executionArn, StartDate: new Date().toISOString() };
}
