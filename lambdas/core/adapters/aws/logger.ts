import { Logger } from '@aws-lambda-powertools/logger';

/** The function's log: JSON lines that say which environment and function wrote them. */
export const functionLogger = (environment: string, functionName: string): Logger =>
  new Logger({ serviceName: `alluvium-${functionName}`, persistentLogAttributes: { environment } });
