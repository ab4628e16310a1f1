import { tableNamesPk } from '#contract/ledger-items.ts';
import { type Definition, dynamodbUnavailable, lambdaUnavailable } from './states-language.ts';

/** Tables that one query of the ledger answers: their names lie far below the 256 KiB of a state. */
const tablesPerPage = 200;

export interface MaintenanceParts {
  ledgerTable: string;
  /** Tables looked after at one time. */
  tablesAtOnce: number;
  /** What is done with each table: from `MaintenanceRequest` to the outcome `done` or `failed`, as text. It catches its own errors. */
  iterator: Definition;
}

/**
 * From `{dryRun}` over every table of the ledger, one after the other as far as `tablesAtOnce` says. A table's failure
 * leaves the others be; the execution fails at its end. Its history, of 25,000 events at most, has room for some two thousand tables.
 */
export function maintenanceDefinition({ ledgerTable, tablesAtOnce, iterator }: MaintenanceParts): Definition {
  const listing = (from: Record<string, unknown>) => ({
    Type: 'Task' as const,
    Resource: 'arn:aws:states:::aws-sdk:dynamodb:query',
    Parameters: {
      TableName: ledgerTable,
      KeyConditionExpression: 'pk = :tables',
      ExpressionAttributeValues: { ':tables': { S: tableNamesPk } },
      ProjectionExpression: 'sk, tableId',
      ConsistentRead: true,
      Limit: tablesPerPage,
      ...from,
    },
    ResultPath: '$.page',
    Retry: [dynamodbUnavailable('DynamoDb')],
    Next: 'Tables',
  });
  return {
    StartAt: 'Begin',
    States: {
      Begin: { Type: 'Pass', Parameters: { 'dryRun.$': '$.dryRun', failed: false }, Next: 'ListTables' },
      ListTables: listing({}),
      ListMoreTables: listing({ 'ExclusiveStartKey.$': '$.page.LastEvaluatedKey' }),
      Tables: {
        Type: 'Map',
        ItemsPath: '$.page.Items',
        MaxConcurrency: tablesAtOnce,
        ItemSelector: {
          'tableId.$': '$$.Map.Item.Value.tableId.S',
          'tableName.$': '$$.Map.Item.Value.sk.S',
          'dryRun.$': '$.dryRun',
        },
        ResultPath: '$.outcomes',
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...iterator },
        Next: 'JudgePage',
      },
      JudgePage: {
        Type: 'Pass',
        Parameters: { 'hasFailure.$': "States.ArrayContains($.outcomes, 'failed')" },
        ResultPath: '$.judged',
        Next: 'PageFailed',
      },
      PageFailed: {
        Type: 'Choice',
        Choices: [{ Variable: '$.judged.hasFailure', BooleanEquals: true, Next: 'RememberFailure' }],
        Default: 'MorePages',
      },
      RememberFailure: { Type: 'Pass', Result: true, ResultPath: '$.failed', Next: 'MorePages' },
      MorePages: {
        Type: 'Choice',
        Choices: [
          { Variable: '$.page.LastEvaluatedKey.pk', IsPresent: true, Next: 'ListMoreTables' },
          { Variable: '$.failed', BooleanEquals: true, Next: 'Failed' },
        ],
        Default: 'Done',
      },
      Failed: {
        Type: 'Fail',
        Error: 'MaintenanceFailed',
        Cause: "A table could not be looked after: see the function's log group.",
      },
      Done: { Type: 'Succeed' },
    },
  };
}

/** The iterator of a noun that takes a table at a time: one invocation of its function. */
export const oneInvocation = (functionArn: string): Definition => ({
  StartAt: 'LookAfter',
  States: {
    LookAfter: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: functionArn, 'Payload.$': '$' },
      Retry: [lambdaUnavailable],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'FailedOutcome' }],
      Next: 'DoneOutcome',
    },
    DoneOutcome: { Type: 'Pass', Result: 'done', End: true },
    FailedOutcome: { Type: 'Pass', Result: 'failed', End: true },
  },
});

/** The iterator of vacuum: invocations for as long as the function answers `continueAfter`. */
export function invocationsToTheEnd(functionArn: string): Definition {
  const request = { 'tableId.$': '$.tableId', 'tableName.$': '$.tableName', 'dryRun.$': '$.dryRun' };
  const { LookAfter, ...outcomes } = oneInvocation(functionArn).States;
  return {
    StartAt: 'FromTheBeginning',
    States: {
      ...outcomes,
      FromTheBeginning: { Type: 'Pass', Parameters: { ...request, after: '' }, Next: 'LookAfter' },
      LookAfter: { ...LookAfter!, ResultPath: '$.answer', Next: 'MoreToList' },
      MoreToList: {
        Type: 'Choice',
        Choices: [{ Variable: '$.answer.Payload.continueAfter', IsPresent: true, Next: 'GoOn' }],
        Default: 'DoneOutcome',
      },
      GoOn: {
        Type: 'Pass',
        Parameters: { ...request, 'after.$': '$.answer.Payload.continueAfter' },
        Next: 'LookAfter',
      },
    },
  };
}
