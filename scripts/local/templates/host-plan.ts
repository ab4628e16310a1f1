import type { MappingSpec } from '../mappings/mapping-spec.ts';
import type { PipeSpec } from '../pipes/pipe-spec.ts';
import type { ScheduleSpec } from '../schedules/schedule-spec.ts';
import type { QueueSpec } from '../sqs/queue-spec.ts';
import { nameInArn } from './arn.ts';
import type { StackTemplate } from './cloud-assembly.ts';
import { type FunctionResource, functionResource } from './function-resource.ts';
import { fateOf, type HostedType } from './known-types.ts';
import { type MachineSpec, machineSpec } from './machine-resource.ts';
import { mappingSpec } from './mapping-resource.ts';
import { type PhysicalResource, resourceOf } from './physical-resource.ts';
import { pipeSpec } from './pipe-resource.ts';
import { int } from './properties.ts';
import { Resolver } from './resolver.ts';
import { scheduleSpecs } from './schedule-resource.ts';
import {
  type BucketPolicySpec,
  type BucketSpec,
  bucketPolicySpec,
  bucketSpec,
  queueSpec,
  type StreamSpec,
  streamSpec,
  type TableSpec,
  tableSpec,
} from './storage-resources.ts';

/** Everything that the templates ask this machine to host. */
export interface HostPlan {
  buckets: BucketSpec[];
  bucketPolicies: BucketPolicySpec[];
  queues: QueueSpec[];
  tables: TableSpec[];
  streams: StreamSpec[];
  functions: FunctionResource[];
  /** Retries of asynchronous invocations, by function, where the template says how many. */
  asyncRetries: Map<string, number>;
  mappings: MappingSpec[];
  pipes: PipeSpec[];
  schedules: ScheduleSpec[];
  machines: MachineSpec[];
}

/** Reads the templates. Throws on a resource of a type that is neither hosted nor knowingly ignored. */
export function planHosting(stacks: readonly StackTemplate[]): HostPlan {
  const resolver = new Resolver(stacks);
  const plan: HostPlan = {
    buckets: [],
    bucketPolicies: [],
    queues: [],
    tables: [],
    streams: [],
    functions: [],
    asyncRetries: new Map(),
    mappings: [],
    pipes: [],
    schedules: [],
    machines: [],
  };
  for (const stack of stacks) {
    for (const [logicalId, resource] of Object.entries(stack.template.Resources ?? {})) {
      if (!resolver.isPresent(resource.Condition, stack)) continue;
      const fate = fateOf(resource.Type);
      if (fate === 'unknown') {
        throw new Error(
          `stack ${stack.name}: ${logicalId} is of type ${resource.Type}, which this machine neither hosts nor ignores`,
        );
      }
      if (fate === 'hosted') add(plan, resourceOf(stack, logicalId, resource), resolver);
    }
  }
  return plan;
}

function add(plan: HostPlan, resource: PhysicalResource, resolver: Resolver): void {
  const type = resource.type as HostedType;
  switch (type) {
    case 'AWS::S3::Bucket':
      plan.buckets.push(bucketSpec(resource, resolver));
      return;
    case 'AWS::S3::BucketPolicy':
      plan.bucketPolicies.push(bucketPolicySpec(resource, resolver));
      return;
    case 'AWS::SQS::Queue':
      plan.queues.push(queueSpec(resource, resolver));
      return;
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable':
      plan.tables.push(tableSpec(resource, resolver));
      return;
    case 'AWS::Kinesis::Stream':
      plan.streams.push(streamSpec(resource, resolver));
      return;
    case 'AWS::Lambda::Function':
      plan.functions.push(functionResource(resource, resolver));
      return;
    case 'AWS::Lambda::EventSourceMapping':
      plan.mappings.push(mappingSpec(resource, resolver));
      return;
    case 'AWS::Lambda::EventInvokeConfig': {
      const { FunctionName, MaximumRetryAttempts } = resource.properties;
      const functionName = nameInArn(resolver.text(FunctionName, resource.stack));
      if (MaximumRetryAttempts !== undefined) plan.asyncRetries.set(functionName, int.parse(MaximumRetryAttempts));
      return;
    }
    case 'AWS::Pipes::Pipe':
      plan.pipes.push(pipeSpec(resource, resolver));
      return;
    case 'AWS::Scheduler::Schedule':
    case 'AWS::Events::Rule':
      plan.schedules.push(...scheduleSpecs(resource, resolver));
      return;
    case 'AWS::Scheduler::ScheduleGroup':
      return;
    case 'AWS::StepFunctions::StateMachine':
      plan.machines.push(machineSpec(resource, resolver));
      return;
    default:
      throw new Error(`expected a hosted type, got ${type satisfies never}`);
  }
}
