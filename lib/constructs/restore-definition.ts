import { type Definition, lambdaUnavailable } from './states-language.ts';

/** Longer than the function may take: a lost answer ends the execution too. */
const taskTimeoutS = 1_200;

/**
 * From `RestoreInput` to the function's answer, once it is time. A restore is tried again only where the function cannot have
 * run: a second one would undo what was appended after the first.
 */
export const restoreDefinition = (functionArn: string): Definition => ({
  StartAt: 'IsPlanned',
  States: {
    IsPlanned: {
      Type: 'Choice',
      Choices: [{ Variable: '$.at', IsPresent: true, Next: 'WaitForTime' }],
      Default: 'Restore',
    },
    WaitForTime: { Type: 'Wait', TimestampPath: '$.at', Next: 'IsTime' },
    /** A wait may end early: timers on one machine hold 24 days. */
    IsTime: {
      Type: 'Choice',
      Choices: [{ Variable: '$.at', TimestampGreaterThanPath: '$$.State.EnteredTime', Next: 'WaitOn' }],
      Default: 'Restore',
    },
    WaitOn: { Type: 'Wait', Seconds: 60, Next: 'WaitForTime' },
    Restore: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: functionArn, 'Payload.$': '$' },
      TimeoutSeconds: taskTimeoutS,
      Retry: [{ ...lambdaUnavailable, ErrorEquals: ['Lambda.TooManyRequestsException'] }],
      OutputPath: '$.Payload',
      Next: 'Judge',
    },
    Judge: {
      Type: 'Choice',
      Choices: ['restored', 'planned', 'same'].map((kind) => ({
        Variable: '$.kind',
        StringEquals: kind,
        Next: 'Done',
      })),
      Default: 'Refused',
    },
    Refused: {
      Type: 'Fail',
      Error: 'RestoreRefused',
      Cause: "Nothing was changed: the function's answer and its log group say why.",
    },
    Done: { Type: 'Succeed' },
  },
});
