/** Types that mean nothing on one machine: permissions, keys, watching, catalogues, networks, and what CDK adds for itself. */
const ignored: readonly RegExp[] = [
  /^AWS::IAM::/,
  /^AWS::KMS::/,
  /^AWS::Logs::/,
  /^AWS::CloudWatch::/,
  /^AWS::SNS::/,
  /^AWS::SQS::QueuePolicy$/,
  /^AWS::Glue::/,
  /^AWS::EC2::/,
  /^AWS::MSK::/,
  /^AWS::SecretsManager::/,
  /^AWS::SSM::/,
  /^AWS::CDK::Metadata$/,
  /^AWS::CloudFormation::CustomResource$/,
  /^AWS::Lambda::(Permission|Version|Alias|LayerVersion)$/,
  /^Custom::/,
];

const hosted = [
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::DynamoDB::Table',
  'AWS::DynamoDB::GlobalTable',
  'AWS::Kinesis::Stream',
  'AWS::SQS::Queue',
  'AWS::Lambda::Function',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Pipes::Pipe',
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
  'AWS::Events::Rule',
  'AWS::StepFunctions::StateMachine',
] as const;

export type HostedType = (typeof hosted)[number];

/** `hosted`, or knowingly `ignored`; anything else is `unknown`. */
export function fateOf(type: string): 'hosted' | 'ignored' | 'unknown' {
  if ((hosted as readonly string[]).includes(type)) return 'hosted';
  return ignored.some((pattern) => pattern.test(type)) ? 'ignored' : 'unknown';
}
