import { join } from 'node:path';
import { type DynamodbServer, startDynamodb } from '../dynamodb/server.ts';
import { type KafkaServer, startKafka } from '../kafka/start-kafka.ts';
import { type KinesisServer, startKinesis } from '../kinesis/start-kinesis.ts';
import type { Ports } from '../local-aws.ts';
import { type S3Server, startS3 } from '../s3/server.ts';
import { type SqsServer, startSqs } from '../sqs/start-sqs.ts';
import { StartError } from '../start-error.ts';

/** The servers that keep data, each over its own folder. */
export interface Servers {
  s3: S3Server;
  dynamodb: DynamodbServer;
  kinesis: KinesisServer;
  kafka: KafkaServer;
  sqs: SqsServer;
}

/** Names the server whose port is taken, and how to give it another. */
export async function onPort<Server>(name: keyof Ports, port: number, start: () => Promise<Server>): Promise<Server> {
  try {
    return await start();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new StartError(
      `port ${port} of 127.0.0.1, wanted for ${name}, is taken: end what listens there, or take any free ports (--free-ports)`,
      { cause },
    );
  }
}

export interface ServerOptions {
  /** The time by which objects expire. */
  nowMs?: (() => number) | undefined;
  /** Called with the topic of every record batch that a producer appends. */
  onProduced: (topic: string) => void;
}

export async function startServers(
  ports: Ports,
  dataFolder: string,
  { nowMs, onProduced }: ServerOptions,
): Promise<Servers> {
  const started: { close(): Promise<void> }[] = [];
  const start = async <Server extends { close(): Promise<void> }>(
    name: keyof Ports,
    server: (options: { port: number; root: string }) => Promise<Server>,
    folder: string,
  ): Promise<Server> => {
    const options = { port: ports[name], root: join(dataFolder, folder) };
    const running = await onPort(name, ports[name], () => server(options));
    started.push(running);
    return running;
  };
  try {
    const sqs = await start('sqs', startSqs, 'sqs');
    const s3 = await start(
      's3',
      (options) => startS3({ ...options, sendToQueue: sqs.send, ...(nowMs === undefined ? {} : { nowMs }) }),
      'lake',
    );
    return {
      s3,
      dynamodb: await start('dynamodb', startDynamodb, 'dynamodb'),
      kinesis: await start('kinesis', startKinesis, 'kinesis'),
      kafka: await start('kafka', (options) => startKafka({ ...options, onProduced }), 'kafka'),
      sqs,
    };
  } catch (error) {
    await Promise.all(started.map((server) => server.close()));
    throw error;
  }
}

export async function closeServers({ s3, dynamodb, kinesis, kafka, sqs }: Servers): Promise<void> {
  await Promise.all([s3.close(), dynamodb.close(), kinesis.close(), kafka.close()]);
  await sqs.close();
}
