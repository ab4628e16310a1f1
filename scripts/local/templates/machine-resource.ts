import { z } from 'zod';
import type { PhysicalResource } from './physical-resource.ts';
import { propertiesOf } from './properties.ts';
import type { Resolver } from './resolver.ts';

const machine = z.object({
  DefinitionString: z.string().optional(),
  Definition: z.looseObject({}).optional(),
  StateMachineType: z.enum(['EXPRESS', 'STANDARD']).default('STANDARD'),
});

export interface MachineSpec {
  name: string;
  arn: string;
  type: 'EXPRESS' | 'STANDARD';
  /** Amazon States Language, every token resolved. */
  definition: Record<string, unknown>;
}

export function machineSpec(resource: PhysicalResource, resolver: Resolver): MachineSpec {
  const properties = propertiesOf(resource, machine, resolver);
  const definition = properties.Definition ?? JSON.parse(properties.DefinitionString ?? 'null');
  if (definition === null) {
    throw new Error(
      `${resource.type} ${resource.logicalId} of stack ${resource.stack.name}: expected DefinitionString or Definition`,
    );
  }
  return {
    name: resolver.nameOf(resource),
    arn: resolver.arnOf(resource),
    type: properties.StateMachineType,
    definition,
  };
}
