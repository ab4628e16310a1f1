import { z } from 'zod';
import type { PhysicalResource } from './physical-resource.ts';
import type { Resolver } from './resolver.ts';

/**
 * The resolved properties of a resource, in the shape that its type is read in.
 * Throws naming the resource, the property, its value and what was expected.
 */
export function propertiesOf<Shape extends z.ZodType>(
  resource: PhysicalResource,
  shape: Shape,
  resolver: Resolver,
): z.output<Shape> {
  const resolved = resolver.resolve(resource.properties, resource.stack);
  const parsed = shape.safeParse(resolved);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'properties'}: ${message}`);
  throw new Error(`${resource.type} ${resource.logicalId} of stack ${resource.stack.name}: ${issues.join('; ')}`);
}

/** CloudFormation writes numbers and booleans as themselves or as text. */
export const int = z.coerce.number().int();
export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
