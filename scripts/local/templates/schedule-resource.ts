import { z } from 'zod';
import type { ScheduleSpec } from '../schedules/schedule-spec.ts';
import type { PhysicalResource } from './physical-resource.ts';
import { propertiesOf } from './properties.ts';
import type { Resolver } from './resolver.ts';

const target = z.object({
  Arn: z.string().regex(/^arn:aws:(lambda|states):/, 'only functions and state machines are supported on this machine'),
  Input: z.string().optional(),
});

const schedule = z.object({
  ScheduleExpression: z.string(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: target,
});

const rule = z.object({
  ScheduleExpression: z.string('only rules with a schedule are supported on this machine'),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z.array(target).default([]),
});

const unitMs = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** `rate(5 minutes)` in milliseconds. */
function periodMs(expression: string, resource: PhysicalResource): number {
  const [, count, unit] = /^rate\((\d+) (second|minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (unit !== undefined && Number(count) > 0) return Number(count) * unitMs[unit as keyof typeof unitMs];
  const where = `${resource.type} ${resource.logicalId} of stack ${resource.stack.name}`;
  throw new Error(`${where}: expected a schedule such as rate(5 minutes), got ${expression}`);
}

/** One for each target of an EventBridge schedule or rule. */
export function scheduleSpecs(resource: PhysicalResource, resolver: Resolver): ScheduleSpec[] {
  const properties =
    resource.type === 'AWS::Events::Rule'
      ? propertiesOf(resource, rule, resolver)
      : propertiesOf(resource, schedule, resolver);
  const targets = 'Targets' in properties ? properties.Targets : [properties.Target];
  return targets.map(({ Arn, Input }) => ({
    name: resolver.nameOf(resource),
    periodMs: periodMs(properties.ScheduleExpression, resource),
    enabled: properties.State === 'ENABLED',
    targetArn: Arn,
    input: Input ?? '{}',
  }));
}
