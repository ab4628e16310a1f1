import { devNull } from 'node:os';
import type { Endpoints } from '../endpoints.ts';
import type { FunctionResource } from '../templates/function-resource.ts';
import { localCredentials } from './clients.ts';

/** What a function's process finds in its environment: the template's variables, region, credentials and endpoints. */
export function functionEnvironment(
  { region, variables }: FunctionResource,
  endpoints: Pick<Endpoints, 's3' | 'dynamodb' | 'kinesis' | 'stepfunctions' | 'sqs' | 'lambda'>,
): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    LANG: 'en_US.UTF-8',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_KINESIS: endpoints.kinesis,
    AWS_ENDPOINT_URL_SFN: endpoints.stepfunctions,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
    ...variables,
  };
}
