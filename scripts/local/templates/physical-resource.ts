import type { StackTemplate, TemplateResource } from './cloud-assembly.ts';

/** A resource of a stack, with what other resources may ask of it. */
export interface PhysicalResource {
  stack: StackTemplate;
  logicalId: string;
  type: string;
  /** As the template has them: unresolved. */
  properties: Record<string, unknown>;
}

export const resourceOf = (stack: StackTemplate, logicalId: string, resource: TemplateResource): PhysicalResource => ({
  stack,
  logicalId,
  type: resource.Type,
  properties: resource.Properties ?? {},
});

/** The property that names a resource, by type; a resource without it gets a name of stack and logical id. */
const nameProperties: Record<string, string> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::Kinesis::Stream': 'Name',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  'AWS::Pipes::Pipe': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Logs::LogGroup': 'LogGroupName',
};

export const namePropertyOf = (type: string): string | undefined => nameProperties[type];

/** A name that stays the same from one run to the next, for data on disk stands under it. Bucket names are the narrowest. */
export const generatedName = ({ stack, logicalId, type }: PhysicalResource): string =>
  type === 'AWS::S3::Bucket' ? `${stack.name}-${logicalId}`.toLowerCase().slice(0, 63) : `${stack.name}-${logicalId}`;

function arnOf({ stack: { region, account }, type, logicalId }: PhysicalResource, name: string): string {
  switch (type) {
    case 'AWS::S3::Bucket':
      return `arn:aws:s3:::${name}`;
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable':
      return `arn:aws:dynamodb:${region}:${account}:table/${name}`;
    case 'AWS::Kinesis::Stream':
      return `arn:aws:kinesis:${region}:${account}:stream/${name}`;
    case 'AWS::SQS::Queue':
      return `arn:aws:sqs:${region}:${account}:${name}`;
    case 'AWS::Lambda::Function':
      return `arn:aws:lambda:${region}:${account}:function:${name}`;
    case 'AWS::StepFunctions::StateMachine':
      return `arn:aws:states:${region}:${account}:stateMachine:${name}`;
    case 'AWS::IAM::Role':
      return `arn:aws:iam::${account}:role/${name}`;
    default: {
      const service = type.split('::')[1]?.toLowerCase() ?? 'local';
      return `arn:aws:${service}:${region}:${account}:${logicalId}`;
    }
  }
}

/** Types whose `Ref` is their ARN. */
const refersByArn: ReadonlySet<string> = new Set(['AWS::StepFunctions::StateMachine', 'AWS::SNS::Topic']);

export const refOf = (resource: PhysicalResource, name: string): string =>
  refersByArn.has(resource.type) ? arnOf(resource, name) : name;

export function attributeOf(resource: PhysicalResource, name: string, attribute: string): string {
  if (attribute === 'Arn' || attribute.endsWith('Arn')) {
    return attribute === 'StreamArn' ? `${arnOf(resource, name)}/stream/local` : arnOf(resource, name);
  }
  return attribute === 'Name' || attribute === 'QueueName' ? name : `${name}.${attribute}`;
}
