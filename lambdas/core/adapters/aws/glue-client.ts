import { GlueClient } from '@aws-sdk/client-glue';
import { within } from './clients.ts';

export const glueClient = (): GlueClient => new GlueClient(within(5_000));
