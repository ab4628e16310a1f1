import { Duration, Size } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Environment } from '../environment.ts';
import { heapOptions, streamingVariables } from './heap-options.ts';
import { PipelineLogGroup } from './pipeline-log-group.ts';

export interface PipelineFunctionProps {
  environment: Environment;
  /** Folder of the handler under `lambdas/`. */
  folder: string;
  /** What the function is called within its environment. */
  noun: string;
  size: { memoryMiB: number; timeoutMs: number };
  variables: Record<string, string>;
  /** Size of `/tmp`; absent: Lambda's 512 MiB. */
  temporaryMiB?: number;
  /** Files go through it that are larger than its memory. */
  isStreaming?: boolean;
}

/** A function with its own log group and role; the role may write that log group and whatever `allow` adds. */
export class PipelineFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(
    scope: Construct,
    id: string,
    { environment, folder, noun, size, variables, temporaryMiB, isStreaming = false }: PipelineFunctionProps,
  ) {
    super(scope, id);
    const { names, bundles } = environment;
    const logGroup = new PipelineLogGroup(this, 'Logs', { environment, name: names.logGroup(noun) });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      functionName: names.function(noun),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundles.of(folder),
      role: this.role,
      logGroup,
      memorySize: size.memoryMiB,
      timeout: Duration.millis(size.timeoutMs),
      environment: {
        ...(isStreaming ? streamingVariables(size.memoryMiB) : { NODE_OPTIONS: heapOptions(size.memoryMiB) }),
        ...variables,
      },
      ...(temporaryMiB === undefined ? {} : { ephemeralStorageSize: Size.mebibytes(temporaryMiB) }),
    });
  }

  allow(actions: readonly string[], resources: readonly string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  }

  /** Wins over whatever is allowed. */
  deny(actions: readonly string[], resources: readonly string[]): void {
    this.role.addToPolicy(
      new PolicyStatement({ effect: Effect.DENY, actions: [...actions], resources: [...resources] }),
    );
  }
}
