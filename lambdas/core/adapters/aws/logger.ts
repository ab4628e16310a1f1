import { Logger } from '@aws-lambda-powertools/logger';

/** A structured logger whose lines carry environment and noun of the function. */
export const functionLogger = (environment: string, noun: string): Logger =>
  new Logger({ serviceName: noun, persistentKeys: { environment } });
