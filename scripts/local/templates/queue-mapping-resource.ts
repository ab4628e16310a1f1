import { z } from 'zod';
import type { QueueMappingSpec } from '../mappings/mapping-spec.ts';
import { nameInArn } from './arn.ts';
import type { PhysicalResource } from './physical-resource.ts';
import { flag, int, propertiesOf } from './properties.ts';
import type { Resolver } from './resolver.ts';

/** Strict: a property that this machine would pass over silently is an error. */
const mapping = z
  .strictObject({
    FunctionName: z.string(),
    EventSourceArn: z.string(),
    Enabled: flag.default(true),
    BatchSize: int.min(1).max(10_000).default(10),
    MaximumBatchingWindowInSeconds: int.min(0).max(300).default(0),
    FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
    ScalingConfig: z.object({ MaximumConcurrency: int.min(2).max(1000).optional() }).optional(),
    Tags: z.unknown().optional(),
  })
  .refine(({ BatchSize, MaximumBatchingWindowInSeconds }) => BatchSize <= 10 || MaximumBatchingWindowInSeconds >= 1, {
    path: ['MaximumBatchingWindowInSeconds'],
    message: 'expected 1 second at least with a BatchSize past 10',
  });

export function queueMappingSpec(resource: PhysicalResource, resolver: Resolver): QueueMappingSpec {
  const properties = propertiesOf(resource, mapping, resolver);
  return {
    kind: 'sqs',
    id: `${resource.stack.name}.${resource.logicalId}`,
    functionName: nameInArn(properties.FunctionName),
    enabled: properties.Enabled,
    queueName: nameInArn(properties.EventSourceArn),
    queueArn: properties.EventSourceArn,
    batchSize: properties.BatchSize,
    windowMs: properties.MaximumBatchingWindowInSeconds * 1000,
    reportItemFailures: properties.FunctionResponseTypes.length > 0,
  };
}
