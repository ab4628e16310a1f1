import { RetentionDays } from 'aws-cdk-lib/aws-logs';

const dayMs = 86_400_000;

/** The retention that CloudWatch Logs has for exactly as long. Throws when it has none. */
export function retentionDays(retentionMs: number): RetentionDays {
  const days = retentionMs / dayMs;
  const known = Object.values(RetentionDays).filter((value) => typeof value === 'number' && value < 9999);
  if (!known.includes(days)) {
    throw new Error(`logRetention: expected one of ${known.join('d, ')}d; got ${days}d`);
  }
  return days;
}
