import { type Definition, lambdaUnavailable } from './states-language.ts';

export interface OptimizeParts {
  functionArn: string;
  /** Bins of one table merged at one time. */
  binsAtOnce: number;
}

/**
 * What is done with one table (`MaintenanceRequest`): plan its bins, merge and commit each, and count the run. Ends with `done` or
 * `failed`; a bin's failure leaves the others be.
 */
export function optimizeDefinition({ functionArn, binsAtOnce }: OptimizeParts): Definition {
  const invoke = (payload: Record<string, unknown>) => ({
    Type: 'Task' as const,
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: functionArn, Payload: payload },
    Retry: [lambdaUnavailable],
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'FailedOutcome' }],
  });
  return {
    StartAt: 'Plan',
    States: {
      Plan: {
        ...invoke({ step: 'plan', 'tableId.$': '$.tableId', 'tableName.$': '$.tableName', 'dryRun.$': '$.dryRun' }),
        OutputPath: '$.Payload',
        Next: 'AnyBins',
      },
      AnyBins: {
        Type: 'Choice',
        Choices: [{ Variable: '$.bins[0]', IsPresent: true, Next: 'Bins' }],
        Default: 'DoneOutcome',
      },
      Bins: {
        Type: 'Map',
        ItemsPath: '$.bins',
        MaxConcurrency: binsAtOnce,
        Label: 'Bins',
        ItemSelector: {
          step: 'merge',
          'tableName.$': '$.tableName',
          'run.$': '$.run',
          'version.$': '$.version',
          'bin.$': '$$.Map.Item.Value',
        },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          ...mergeDefinition(functionArn),
        },
        ResultPath: '$.outcomes',
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'FailedOutcome' }],
        Next: 'JudgeBins',
      },
      JudgeBins: {
        Type: 'Pass',
        Parameters: {
          'tableName.$': '$.tableName',
          'run.$': '$.run',
          'failed.$': "States.ArrayContains($.outcomes, 'failed')",
        },
        Next: 'Finish',
      },
      Finish: {
        ...invoke({ step: 'finish', 'tableName.$': '$.tableName', 'run.$': '$.run', 'failed.$': '$.failed' }),
        ResultPath: '$.finished',
        Next: 'BinFailed',
      },
      BinFailed: {
        Type: 'Choice',
        Choices: [{ Variable: '$.failed', BooleanEquals: true, Next: 'FailedOutcome' }],
        Default: 'DoneOutcome',
      },
      DoneOutcome: { Type: 'Pass', Result: 'done', End: true },
      FailedOutcome: { Type: 'Pass', Result: 'failed', End: true },
    },
  };
}

const mergeDefinition = (functionArn: string): Definition => ({
  StartAt: 'Merge',
  States: {
    Merge: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: functionArn, 'Payload.$': '$' },
      Retry: [lambdaUnavailable],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'NotMerged' }],
      Next: 'Merged',
    },
    Merged: { Type: 'Pass', Result: 'done', End: true },
    NotMerged: { Type: 'Pass', Result: 'failed', End: true },
  },
});
