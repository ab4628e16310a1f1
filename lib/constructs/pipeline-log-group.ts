import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Environment } from '../environment.ts';
import { SettingsError } from '../settings-error.ts';

const dayMs = 86_400_000;

/**
 * A log group under a name of its own, kept as long as the settings say. It goes with what writes it, whatever
 * `retainData` says: left behind, its name would refuse the same source another time.
 */
export class PipelineLogGroup extends LogGroup {
  constructor(scope: Construct, id: string, { environment, name }: { environment: Environment; name: string }) {
    super(scope, id, {
      logGroupName: name,
      retention: retentionDays(environment.settings.logRetentionMs),
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}

/** The retention that CloudWatch Logs has for exactly as long. Throws when it has none. */
function retentionDays(retentionMs: number): RetentionDays {
  const days = retentionMs / dayMs;
  const known = Object.values(RetentionDays).filter((value) => typeof value === 'number' && value < 9999);
  if (!known.includes(days))
    throw new SettingsError(`logRetention: expected one of ${known.join('d, ')}d; got ${days}d`);
  return days;
}
