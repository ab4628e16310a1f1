import { z } from 'zod';
import type { PhysicalResource } from './physical-resource.ts';
import { int, propertiesOf } from './properties.ts';
import type { Resolver } from './resolver.ts';

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const index = z.object({ IndexName: z.string(), KeySchema: keySchema, Projection: z.looseObject({}) });

const table = z.object({
  KeySchema: keySchema,
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  GlobalSecondaryIndexes: z.array(index).optional(),
  LocalSecondaryIndexes: z.array(index).optional(),
  StreamSpecification: z
    .object({ StreamViewType: z.enum(['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']) })
    .optional(),
  TimeToLiveSpecification: z.object({ AttributeName: z.string().optional() }).optional(),
});

export interface TableSpec extends z.output<typeof table> {
  name: string;
  arn: string;
}

export const tableSpec = (resource: PhysicalResource, resolver: Resolver): TableSpec => ({
  ...propertiesOf(resource, table, resolver),
  name: resolver.nameOf(resource),
  arn: resolver.arnOf(resource),
});

const stream = z.object({
  ShardCount: int.optional(),
  RetentionPeriodHours: int.optional(),
  StreamModeDetails: z.object({ StreamMode: z.enum(['PROVISIONED', 'ON_DEMAND']) }).optional(),
});

export interface StreamSpec {
  name: string;
  arn: string;
  /** Undefined: on demand. */
  shards?: number;
  retentionHours: number;
}

const defaultRetentionHours = 24;

export function streamSpec(resource: PhysicalResource, resolver: Resolver): StreamSpec {
  const { ShardCount, RetentionPeriodHours, StreamModeDetails } = propertiesOf(resource, stream, resolver);
  return {
    name: resolver.nameOf(resource),
    arn: resolver.arnOf(resource),
    ...(StreamModeDetails?.StreamMode === 'ON_DEMAND' ? {} : { shards: ShardCount ?? 1 }),
    retentionHours: RetentionPeriodHours ?? defaultRetentionHours,
  };
}
