import { environmentVariables } from '#contract/environment.ts';
import { restoreName } from '#contract/restore.ts';
import { destinationOf } from '#contract/route-template.ts';
import type { Endpoints, StreamEndpoint, TopicEndpoint } from '../endpoints.ts';
import type { MappingSpec } from '../mappings/mapping-spec.ts';
import type { HostPlan } from '../templates/host-plan.ts';
import type { FedSource } from './baked-settings.ts';
import type { Servers } from './servers.ts';

/** Sources by the name of the function that ingests them. */
export type SourcesByFunction = ReadonlyMap<string, FedSource>;

export function describeEndpoints(
  plan: HostPlan,
  sources: SourcesByFunction,
  { s3, dynamodb, kinesis, kafka, sqs }: Servers,
  { region, control }: { region: string; control: string },
): Endpoints {
  const variables = Object.assign({}, ...plan.functions.map((resource) => resource.variables)) as Record<
    string,
    string
  >;
  const named = (key: keyof Endpoints, variable: string): Partial<Endpoints> =>
    variables[variable] === undefined ? {} : { [key]: variables[variable] };
  const restoreMachine = plan.machines.find(({ name }) => name.endsWith(`-${restoreName}`));
  return {
    region,
    s3: s3.endpoint,
    dynamodb: dynamodb.endpoint,
    kinesis: kinesis.endpoint,
    stepfunctions: control,
    sqs: sqs.endpoint,
    lambda: control,
    metrics: control,
    kafka: kafka.bootstrap,
    ...named('lakeBucket', environmentVariables.lakeBucket),
    ...named('ledgerTable', environmentVariables.ledgerTable),
    ...named('deltaLogTable', environmentVariables.deltaLogTable),
    ...named('commitMachineArn', environmentVariables.commitMachineArn),
    ...(restoreMachine === undefined ? {} : { restoreMachineArn: restoreMachine.arn }),
    streams: plan.streams.map(({ name }) => ({ name, ...fedBy(plan, sources, 'kinesis', name) })),
    topics: topicsOf(plan, sources),
  };
}

function originOf(spec: MappingSpec): string {
  switch (spec.kind) {
    case 'kinesis':
      return spec.streamName;
    case 'kafka':
      return spec.topic;
    case 'sqs':
      return spec.queueName;
  }
}

/** What a stream or topic feeds, by the mapping that reads it. */
function fedBy(
  { mappings }: HostPlan,
  sources: SourcesByFunction,
  kind: 'kinesis' | 'kafka',
  origin: string,
): Omit<StreamEndpoint, 'name'> {
  const mapping = mappings.find((spec) => spec.kind === kind && originOf(spec) === origin);
  const source = mapping === undefined ? undefined : sources.get(mapping.functionName);
  if (source === undefined) return {};
  const { route, deadLetters, tombstones, format } = source.settings;
  return {
    ...{ source: source.name, table: destinationOf(source.settings), deadLetterTable: deadLetters.table, tombstones },
    filters: Object.keys({ ...route?.include, ...route?.exclude }).length > 0,
    ...('framing' in format && format.framing === 'container' ? { splits: true } : {}),
  };
}

/** Topics that mappings read, with the partitions that the settings want for them. */
export function topicsOf(plan: HostPlan, sources: SourcesByFunction): TopicEndpoint[] {
  const names = new Set(plan.mappings.flatMap((spec) => (spec.kind === 'kafka' ? [spec.topic] : [])));
  return [...names].map((name) => {
    const wanted = plan.mappings
      .filter((spec) => spec.kind === 'kafka' && spec.topic === name)
      .map(({ functionName }) => sources.get(functionName)?.settings.origin)
      .map((origin) => (origin?.kind === 'kafka' ? origin.partitions : 1));
    return { name, partitions: Math.max(...wanted), ...fedBy(plan, sources, 'kafka', name) };
  });
}
