import { z } from 'zod';
import type { PhysicalResource } from './physical-resource.ts';
import { int, propertiesOf } from './properties.ts';
import type { Resolver } from './resolver.ts';

const lambdaFunction = z.object({
  Code: z.object({ S3Key: z.string().optional(), ZipFile: z.string().optional() }),
  Handler: z.string().optional(),
  Runtime: z.string().optional(),
  MemorySize: int.default(128),
  Timeout: int.default(3),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()).default({}) }).optional(),
  ReservedConcurrentExecutions: int.optional(),
});

/** A function as its template describes it. */
export interface FunctionResource {
  name: string;
  logicalId: string;
  arn: string;
  region: string;
  /** Folder of its bundle; undefined for a function whose code is no asset folder, which cannot be run here. */
  folder?: string;
  handler: string;
  memoryMiB: number;
  timeoutMs: number;
  variables: Record<string, string>;
  reservedConcurrency?: number;
}

export function functionResource(resource: PhysicalResource, resolver: Resolver): FunctionResource {
  const properties = propertiesOf(resource, lambdaFunction, resolver);
  const hash = properties.Code.S3Key?.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
  const folder = hash === undefined ? undefined : resource.stack.assets.get(hash);
  const runnable = properties.Runtime?.startsWith('nodejs') === true && folder !== undefined;
  return {
    name: resolver.nameOf(resource),
    logicalId: resource.logicalId,
    arn: resolver.arnOf(resource),
    region: resource.stack.region,
    ...(runnable ? { folder } : {}),
    handler: properties.Handler ?? 'index.handler',
    memoryMiB: properties.MemorySize,
    timeoutMs: properties.Timeout * 1000,
    variables: properties.Environment?.Variables ?? {},
    ...(properties.ReservedConcurrentExecutions === undefined
      ? {}
      : { reservedConcurrency: properties.ReservedConcurrentExecutions }),
  };
}
