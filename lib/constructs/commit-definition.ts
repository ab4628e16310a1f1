import { leaseS } from '#contract/commit-machine.ts';
import { type Definition, dynamodbUnavailable, lambdaUnavailable, type State } from './states-language.ts';

/** A commit waits for what is due soon at most this often in one execution, a minute each: executions end after five. */
const mostWaits = 3;

/** New manifests keep one execution going at most this often; the next wake-up, or the sweeper, goes on. */
const mostRounds = 10;

/** Tables committed at one time by one execution. */
const tablesAtOnce = 5;

const conditionFailed = 'DynamoDB.ConditionalCheckFailedException';

interface CommitParts {
  ledgerTable: string;
  commitFunction: string;
  checkpointFunction: string;
  divertFunction: string;
}

/** The machine from an array of wake-ups to an outcome (`committed`, `busy`, `failed`) for each table. */
export const commitDefinition = (parts: CommitParts): Definition => ({
  StartAt: 'Gather',
  States: {
    Gather: { Type: 'Pass', Parameters: { 'at.$': '$[0].at', 'wakeUps.$': '$' }, Next: 'NameTables' },
    NameTables: {
      Type: 'Map',
      ItemsPath: '$.wakeUps',
      ResultPath: '$.tableIds',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'NameTable',
        States: {
          NameTable: {
            Type: 'Pass',
            Parameters: { 'tableId.$': "States.ArrayGetItem(States.StringSplit($.pk, '#'), 1)" },
            OutputPath: '$.tableId',
            End: true,
          },
        },
      },
      Next: 'DistinctTables',
    },
    DistinctTables: {
      Type: 'Pass',
      Parameters: { 'at.$': '$.at', 'tableIds.$': 'States.ArrayUnique($.tableIds)' },
      Next: 'Tables',
    },
    Tables: {
      Type: 'Map',
      ItemsPath: '$.tableIds',
      MaxConcurrency: tablesAtOnce,
      ItemSelector: {
        'tableId.$': '$$.Map.Item.Value',
        'key.$': "States.Format('table#{}', $$.Map.Item.Value)",
        'owner.$': "States.Format('{}:{}', $$.Execution.Name, $$.Map.Item.Value)",
        /** Whole epoch seconds as text: of equal length until 2286, so that texts compare as the numbers do. */
        'at.$': "States.Format('{}', States.MathAdd($.at, 0))",
        'until.$': `States.Format('{}', States.MathAdd($.at, ${leaseS}))`,
        waits: 0,
        rounds: 0,
      },
      ResultPath: '$.outcomes',
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...tableDefinition(parts) },
      Next: 'Judge',
    },
    Judge: {
      Type: 'Pass',
      Parameters: { 'failed.$': "States.ArrayContains($.outcomes, 'failed')", 'outcomes.$': '$.outcomes' },
      Next: 'AnyFailed',
    },
    AnyFailed: {
      Type: 'Choice',
      Choices: [{ Variable: '$.failed', BooleanEquals: true, Next: 'Failed' }],
      Default: 'Done',
    },
    Failed: {
      Type: 'Fail',
      Error: 'CommitFailed',
      Cause: 'The commit function failed for a table: see its log group.',
    },
    Done: { Type: 'Succeed' },
  },
});

/** One table: lease, commits, release. It always ends with an outcome, so that one table's failure leaves the others be. */
function tableDefinition({ ledgerTable, commitFunction, checkpointFunction, divertFunction }: CommitParts): Definition {
  const lease = { pk: { 'S.$': '$.key' }, sk: { S: 'lease' } };
  const onLease = (parameters: Record<string, unknown>, next: Record<string, unknown>): State => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::dynamodb:updateItem',
    Parameters: {
      TableName: ledgerTable,
      Key: lease,
      ExpressionAttributeNames: { '#owner': 'owner' },
      ...parameters,
    },
    ResultPath: null,
    Retry: throttled,
    ...next,
  });
  const owner = { ':owner': { 'S.$': '$.owner' } };
  const failed = { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'FailedOutcome' };

  return {
    StartAt: 'ReadLease',
    States: {
      ReadLease: {
        Type: 'Task',
        Resource: 'arn:aws:states:::dynamodb:getItem',
        Parameters: { TableName: ledgerTable, Key: lease, ConsistentRead: true },
        ResultPath: '$.lease',
        Retry: throttled,
        Catch: [failed],
        Next: 'AlreadyDirty',
      },
      AlreadyDirty: {
        Type: 'Choice',
        Choices: [
          {
            And: [
              { Variable: '$.lease.Item.owner.S', IsPresent: true },
              { Variable: '$.lease.Item.dirty.BOOL', IsPresent: true },
              { Variable: '$.lease.Item.dirty.BOOL', BooleanEquals: true },
              { Variable: '$.lease.Item.expiresAtS.N', IsPresent: true },
              { Variable: '$.lease.Item.expiresAtS.N', StringGreaterThanPath: '$.at' },
            ],
            Next: 'BusyOutcome',
          },
        ],
        Default: 'TakeLease',
      },
      TakeLease: onLease(
        {
          UpdateExpression: 'SET #owner = :owner, expiresAtS = :until REMOVE dirty',
          ConditionExpression: 'attribute_not_exists(#owner) OR expiresAtS < :at',
          ExpressionAttributeValues: { ...owner, ':until': { 'N.$': '$.until' }, ':at': { 'N.$': '$.at' } },
        },
        { Catch: [{ ErrorEquals: [conditionFailed], ResultPath: null, Next: 'MarkDirty' }, failed], Next: 'Commit' },
      ),
      MarkDirty: onLease(
        {
          UpdateExpression: 'SET dirty = :true',
          ConditionExpression: 'attribute_exists(#owner)',
          ExpressionAttributeValues: { ':true': { BOOL: true } },
        },
        {
          Catch: [{ ErrorEquals: [conditionFailed], ResultPath: null, Next: 'TakeLease' }, failed],
          Next: 'BusyOutcome',
        },
      ),
      Commit: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: {
          FunctionName: commitFunction,
          Payload: { 'tableId.$': '$.tableId', 'owner.$': '$.owner', 'startedAt.$': '$$.Execution.StartTime' },
        },
        ResultSelector: {
          'waitS.$': '$.Payload.waitS',
          'checkpointDue.$': '$.Payload.checkpointDue',
          'divertDue.$': '$.Payload.divertDue',
        },
        ResultPath: '$.commit',
        Retry: [
          // A commit that died goes on where ledger and log say.
          {
            ErrorEquals: ['Runtime.ExitError', 'Sandbox.Timedout', 'Lambda.Unknown'],
            IntervalSeconds: 1,
            BackoffRate: 2,
            MaxAttempts: 2,
          },
          lambdaUnavailable,
        ],
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'ReleaseAfterFailure' }],
        Next: 'CheckpointDue',
      },
      CheckpointDue: {
        Type: 'Choice',
        Choices: [{ Variable: '$.commit.checkpointDue', BooleanEquals: true, Next: 'Checkpoint' }],
        Default: 'DivertDue',
      },
      Checkpoint: onItsOwn(checkpointFunction, 'DivertDue'),
      DivertDue: {
        Type: 'Choice',
        Choices: [{ Variable: '$.commit.divertDue', BooleanEquals: true, Next: 'Divert' }],
        Default: 'DueSoon',
      },
      Divert: onItsOwn(divertFunction, 'DueSoon'),
      DueSoon: {
        Type: 'Choice',
        Choices: [
          {
            And: [
              { Variable: '$.commit.waitS', NumericGreaterThan: 0 },
              { Variable: '$.waits', NumericLessThan: mostWaits },
            ],
            Next: 'CountWait',
          },
        ],
        Default: 'Release',
      },
      CountWait: counting('waits', 'WaitUntilDue'),
      WaitUntilDue: { Type: 'Wait', SecondsPath: '$.commit.waitS', Next: 'Commit' },
      Release: onLease(
        {
          UpdateExpression: 'REMOVE #owner, expiresAtS, dirty',
          ConditionExpression: '#owner = :owner AND (attribute_not_exists(dirty) OR dirty = :false)',
          ExpressionAttributeValues: { ...owner, ':false': { BOOL: false } },
        },
        {
          Catch: [{ ErrorEquals: [conditionFailed], ResultPath: null, Next: 'RoundsLeft' }, failed],
          Next: 'CommittedOutcome',
        },
      ),
      RoundsLeft: {
        Type: 'Choice',
        Choices: [{ Variable: '$.rounds', NumericLessThan: mostRounds, Next: 'CountRound' }],
        Default: 'ReleaseAnyway',
      },
      CountRound: counting('rounds', 'ClearDirty'),
      ClearDirty: onLease(
        {
          UpdateExpression: 'REMOVE dirty',
          ConditionExpression: '#owner = :owner',
          ExpressionAttributeValues: owner,
        },
        { Catch: [{ ErrorEquals: [conditionFailed], ResultPath: null, Next: 'BusyOutcome' }, failed], Next: 'Commit' },
      ),
      ReleaseAnyway: onLease(
        {
          UpdateExpression: 'REMOVE #owner, expiresAtS, dirty',
          ConditionExpression: '#owner = :owner',
          ExpressionAttributeValues: owner,
        },
        {
          Catch: [{ ErrorEquals: [conditionFailed], ResultPath: null, Next: 'BusyOutcome' }, failed],
          Next: 'CommittedOutcome',
        },
      ),
      ReleaseAfterFailure: onLease(
        {
          UpdateExpression: 'REMOVE #owner, expiresAtS, dirty',
          ConditionExpression: '#owner = :owner',
          ExpressionAttributeValues: owner,
        },
        { Catch: [failed], Next: 'FailedOutcome' },
      ),
      CommittedOutcome: { Type: 'Pass', Result: 'committed', End: true },
      BusyOutcome: { Type: 'Pass', Result: 'busy', End: true },
      FailedOutcome: { Type: 'Pass', Result: 'failed', End: true },
    },
  };
}

/** Invokes a function for the table without waiting for it, or for its being invoked: what is due is due again at the next commit. */
const onItsOwn = (functionName: string, next: string): State => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: functionName, InvocationType: 'Event', Payload: { 'tableId.$': '$.tableId' } },
  ResultPath: null,
  Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: next }],
  Next: next,
});

const throttled = [dynamodbUnavailable('DynamoDB')];

/** Adds one to a counter beside the rest of the table's state. */
function counting(counter: 'waits' | 'rounds', next: string): State {
  const kept = ['tableId', 'key', 'owner', 'at', 'until', 'waits', 'rounds', 'commit'] as const;
  const parameters = kept.map((field) =>
    field === counter ? [`${field}.$`, `States.MathAdd($.${field}, 1)`] : [`${field}.$`, `$.${field}`],
  );
  return { Type: 'Pass', Parameters: Object.fromEntries(parameters), Next: next };
}
