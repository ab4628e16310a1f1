import { z } from 'zod';

/** The region of an environment. State machines are written for the partition `aws` alone. */
export const region = z
  .string()
  .regex(
    /^(?!cn-|us-gov-|us-iso|eu-iso|eusc-)[a-z]{2}(-[a-z]+)+-\d$/,
    'expected a region such as us-east-1, not of China, GovCloud or another partition of AWS',
  );

/**
 * ARNs among parsed settings that are of another region: [path, region]. A mapping reads what is in its own region, a function asks its
 * own region's services, and an alarm calls a topic of its own.
 */
export function arnsElsewhere(settings: unknown, environmentRegion: string): [path: string[], itsRegion: string][] {
  if (typeof settings !== 'object' || settings === null) return [];
  return Object.entries(settings).flatMap(([key, value]): [string[], string][] => {
    if (typeof value !== 'string') {
      return arnsElsewhere(value, environmentRegion).map(([path, itsRegion]) => [[key, ...path], itsRegion]);
    }
    const [, itsRegion] = /^arn:[^:]*:[^:]*:([^:]+):/.exec(value) ?? [];
    return itsRegion === undefined || itsRegion === environmentRegion ? [] : [[[key], itsRegion]];
  });
}
