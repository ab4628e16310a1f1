import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentVariables } from '#contract/environment.ts';
import { UsageError } from './verb.ts';

/** Where `npm start` says what it serves, under the repository's folder. */
const endpointsFile = '.local/endpoints.json';

/** The part of that file which commands need (`Endpoints` in scripts/local/endpoints.ts). */
interface LocalEndpoints {
  region: string;
  s3: string;
  dynamodb: string;
  stepfunctions: string;
  kinesis: string;
  lambda: string;
  kafka: string;
  lakeBucket: string;
  ledgerTable: string;
  deltaLogTable: string;
  restoreMachineArn?: string;
}

/** Nobody listens where the file says that the stack is: the run that wrote it has ended. */
export const stackIsDown = (cause: unknown): Error =>
  new Error(`expected npm start to be up: ${endpointsFile} is of a run that has ended`, { cause });

/** The environment that `--env <name>` or `--env=<name>` names. */
export function environmentIn(args: readonly string[]): string | undefined {
  const joined = args.find((arg) => arg.startsWith('--env='));
  if (joined !== undefined) return joined.slice('--env='.length);
  const at = args.indexOf('--env');
  return at < 0 ? undefined : args[at + 1];
}

/**
 * Environment variables with which commands reach the stack that `npm start` has up. None where they are told by
 * `ALLUVIUM_…` variables what to work on: then it is theirs to say all of it.
 *
 * @throws {UsageError} where neither says.
 */
export function localStackVariables(
  root: string,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const { lakeBucket, ledgerTable, deltaLogTable, restoreMachineArn, kafkaBrokers } = environmentVariables;
  if ([lakeBucket, ledgerTable, deltaLogTable].some((name) => environment[name] !== undefined)) return {};
  let stack: LocalEndpoints;
  try {
    stack = JSON.parse(readFileSync(join(root, endpointsFile), 'utf8'));
  } catch (cause) {
    throw new UsageError(
      `expected npm start to be up, or ${lakeBucket}, ${ledgerTable} and ${deltaLogTable} to be set: found no ${endpointsFile}`,
      { cause },
    );
  }
  return {
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_S3: stack.s3,
    AWS_ENDPOINT_URL_DYNAMODB: stack.dynamodb,
    AWS_ENDPOINT_URL_SFN: stack.stepfunctions,
    AWS_ENDPOINT_URL_KINESIS: stack.kinesis,
    AWS_ENDPOINT_URL_LAMBDA: stack.lambda,
    [kafkaBrokers]: stack.kafka,
    [lakeBucket]: stack.lakeBucket,
    [ledgerTable]: stack.ledgerTable,
    [deltaLogTable]: stack.deltaLogTable,
    ...(stack.restoreMachineArn === undefined ? {} : { [restoreMachineArn]: stack.restoreMachineArn }),
  };
}
