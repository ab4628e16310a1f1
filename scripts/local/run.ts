import { prepareDataFolder } from './data-folder.ts';
import type { LocalAws, Ports } from './local-aws.ts';
import type { ProgressDisplay } from './progress/progress.ts';
import { Session } from './session.ts';
import { startLocalAws } from './start-local-aws.ts';
import type { StartOptions } from './start-options.ts';

const anyPorts: Ports = { s3: 0, dynamodb: 0, kinesis: 0, kafka: 0, sqs: 0, control: 0 };

/**
 * Starts everything, sends what was asked for, drains, audits; then ends, or stays up until `stop`. Answers whether the last
 * audit balanced.
 */
export async function run(options: StartOptions, display: ProgressDisplay, stop: AbortSignal): Promise<boolean> {
  const dataFolder = await prepareDataFolder(options.dataFolder, options);
  display.say('Starting a small AWS on this machine …');
  const aws = await startLocalAws({
    environment: 'local',
    dataFolder,
    ...(options.freePorts ? { ports: anyPorts } : {}),
    log: (line) => display.say(line),
  });
  const session = new Session(aws, dataFolder, options, display, stop);
  try {
    display.say(addressesText(aws));
    return await session.run();
  } finally {
    session.close();
    await aws.close();
  }
}

const addressesText = ({ endpoints }: LocalAws): string =>
  [
    `S3 ${endpoints.s3}  DynamoDB ${endpoints.dynamodb}  Kinesis ${endpoints.kinesis}  Kafka ${endpoints.kafka}`,
    `Tables ${endpoints.metrics}/  metrics ${endpoints.metrics}/metrics  health ${endpoints.metrics}/health`,
  ].join('\n');
