import { Stack, type StackProps } from 'aws-cdk-lib';
import { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Environment } from '../environment.ts';

/** What people watch and what calls them. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { environment, ...props }: StackProps & { environment: Environment }) {
    super(scope, id, props);
    new Dashboard(this, 'Dashboard', { dashboardName: environment.names.resource('dashboard') });
  }
}
