/** Amazon States Language, as far as these machines speak it (JSONPath). */
export interface Definition {
  StartAt: string;
  TimeoutSeconds?: number;
  States: Record<string, State>;
}

export interface State {
  Type: 'Choice' | 'Fail' | 'Map' | 'Pass' | 'Succeed' | 'Task' | 'Wait';
  [field: string]: unknown;
}

/** Retries of invocations that the Lambda service could not take. */
export const lambdaUnavailable = {
  ErrorEquals: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.TooManyRequestsException',
  ],
  IntervalSeconds: 1,
  BackoffRate: 2,
  MaxAttempts: 5,
  JitterStrategy: 'FULL',
};

/** Errors of the DynamoDB service that pass, as `prefix` names them: `DynamoDB` by its own integration, `DynamoDb` by the SDK's. */
export const dynamodbUnavailable = (prefix: 'DynamoDB' | 'DynamoDb') => ({
  ErrorEquals: [
    `${prefix}.ProvisionedThroughputExceededException`,
    `${prefix}.ThrottlingException`,
    `${prefix}.RequestLimitExceeded`,
    `${prefix}.InternalServerErrorException`,
    `${prefix}.SdkClientException`,
  ],
  IntervalSeconds: 1,
  BackoffRate: 2,
  MaxAttempts: 3,
  JitterStrategy: 'FULL',
});
