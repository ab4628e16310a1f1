import { GlueClient } from '@aws-sdk/client-glue';
import { within } from './clients.ts';

/** @param requestTimeoutMs of one attempt, of three */
export const glueClient = (requestTimeoutMs = 5_000): GlueClient => new GlueClient(within(requestTimeoutMs));
