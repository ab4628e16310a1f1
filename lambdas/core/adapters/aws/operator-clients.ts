import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { within } from './clients.ts';

/** What operators' commands ask, and no function does. */
export const kinesisClient = (): KinesisClient => new KinesisClient(within(10_000));

export const lambdaClient = (): LambdaClient => new LambdaClient(within(10_000));
