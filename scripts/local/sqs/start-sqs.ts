import { mkdirSync } from 'node:fs';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { startFauxqs } from 'fauxqs';
import { localCredentials } from '../host/clients.ts';
import { nameInArn } from '../templates/arn.ts';
import type { QueueSpec } from './queue-spec.ts';

export interface SqsOptions {
  /** 0 takes a free one. */
  port: number;
  /** Folder of what lasts. */
  root: string;
}

export interface SqsServer {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  client: SQSClient;
  /** Makes the queue, or gives the one that is there these attributes. A queue it redrives to must be there. */
  ensureQueue(spec: QueueSpec): Promise<void>;
  send(queueArn: string, body: string): Promise<void>;
  /** Messages of a queue: those that wait and those that are being worked on. */
  depth(queueName: string): Promise<{ waiting: number; inFlight: number }>;
  /** The URL that names a queue to this server. */
  urlOf(queueName: string): string;
  close(): Promise<void>;
}

/** Clients may be of any account: this server knows one. */
const account = '000000000000';
const region = 'us-east-1';

/** SQS on the loopback interface (fauxqs), its queues and messages kept on disk. */
export async function startSqs({ port, root }: SqsOptions): Promise<SqsServer> {
  mkdirSync(root, { recursive: true });
  const server = await startFauxqs({ port, host: '127.0.0.1', logger: false, defaultRegion: region, dataDir: root });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new SQSClient({ endpoint, region, credentials: localCredentials });
  const urlOf = (name: string) => `${endpoint}/${account}/${name}`;
  return {
    endpoint,
    client,
    urlOf,
    async ensureQueue({ name, visibilityTimeoutS, retentionS, delayS, redrive }) {
      const Attributes = {
        VisibilityTimeout: String(visibilityTimeoutS),
        MessageRetentionPeriod: String(retentionS),
        DelaySeconds: String(delayS),
        ...(redrive === undefined
          ? {}
          : {
              RedrivePolicy: JSON.stringify({
                deadLetterTargetArn: `arn:aws:sqs:${region}:${account}:${redrive.deadLetterQueue}`,
                maxReceiveCount: redrive.maxReceives,
              }),
            }),
      };
      await client.send(new CreateQueueCommand({ QueueName: name }));
      await client.send(new SetQueueAttributesCommand({ QueueUrl: urlOf(name), Attributes }));
    },
    async send(queueArn, body) {
      await client.send(new SendMessageCommand({ QueueUrl: urlOf(nameInArn(queueArn)), MessageBody: body }));
    },
    async depth(name) {
      const AttributeNames = ['ApproximateNumberOfMessages' as const, 'ApproximateNumberOfMessagesNotVisible' as const];
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: urlOf(name), AttributeNames }),
      );
      const [waiting, inFlight] = AttributeNames.map((attribute) => Number(Attributes[attribute]));
      return { waiting: waiting!, inFlight: inFlight! };
    },
    async close() {
      client.destroy();
      await server.stop();
    },
  };
}
