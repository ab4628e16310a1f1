import { z } from 'zod';
import type { PipeSpec } from '../pipes/pipe-spec.ts';
import { nameInArn } from './arn.ts';
import type { PhysicalResource } from './physical-resource.ts';
import { int, propertiesOf } from './properties.ts';
import type { Resolver } from './resolver.ts';

const pipe = z.object({
  Source: z.string().regex(/^arn:aws:dynamodb:.*\/stream\//, 'only DynamoDB streams are supported on this machine'),
  Target: z.string().regex(/^arn:aws:states:/, 'only state machines are supported on this machine'),
  Enrichment: z.undefined('enrichment is not supported on this machine').optional(),
  DesiredState: z.enum(['RUNNING', 'STOPPED']).default('RUNNING'),
  SourceParameters: z.object({
    FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }).optional(),
    DynamoDBStreamParameters: z.object({
      StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']),
      BatchSize: int.min(1).max(10_000).default(100),
      MaximumBatchingWindowInSeconds: int.min(0).max(300).default(0),
      MaximumRetryAttempts: int.min(-1).max(10_000).default(-1),
      MaximumRecordAgeInSeconds: int.min(-1).default(-1),
    }),
  }),
  TargetParameters: z
    .object({
      InputTemplate: z.string().optional(),
      StepFunctionStateMachineParameters: z
        .object({ InvocationType: z.enum(['REQUEST_RESPONSE', 'FIRE_AND_FORGET']).default('REQUEST_RESPONSE') })
        .optional(),
    })
    .default({}),
});

export function pipeSpec(resource: PhysicalResource, resolver: Resolver): PipeSpec {
  const properties = propertiesOf(resource, pipe, resolver);
  const { FilterCriteria, DynamoDBStreamParameters: source } = properties.SourceParameters;
  const { InputTemplate, StepFunctionStateMachineParameters } = properties.TargetParameters;
  return {
    id: `${resource.stack.name}.${resource.logicalId}`,
    name: resolver.nameOf(resource),
    enabled: properties.DesiredState === 'RUNNING',
    tableName: nameInArn(properties.Source),
    streamArn: properties.Source,
    machineArn: properties.Target,
    patterns: FilterCriteria?.Filters.map(({ Pattern }) => JSON.parse(Pattern)) ?? [],
    startingPosition: source.StartingPosition,
    batchSize: source.BatchSize,
    windowMs: source.MaximumBatchingWindowInSeconds * 1000,
    maxRetryAttempts: source.MaximumRetryAttempts,
    maxRecordAgeMs: source.MaximumRecordAgeInSeconds < 0 ? -1 : source.MaximumRecordAgeInSeconds * 1000,
    ...(InputTemplate === undefined ? {} : { inputTemplate: InputTemplate }),
    waitsForEnd: (StepFunctionStateMachineParameters?.InvocationType ?? 'REQUEST_RESPONSE') === 'REQUEST_RESPONSE',
  };
}
