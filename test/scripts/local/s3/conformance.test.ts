import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll } from 'vitest';
import { localCredentials } from '../../../../scripts/local/host/clients.ts';
import { type S3Server, startS3 } from '../../../../scripts/local/s3/server.ts';
import { type SqsServer, startSqs } from '../../../../scripts/local/sqs/start-sqs.ts';
import { s3Conformance } from '../../../support/conformance/s3.ts';

const root = mkdtempSync(join(tmpdir(), 'alluvium-s3-'));
const dayMs = 86_400_000;
let server: S3Server | undefined;
let queues: SqsServer | undefined;
let client: SQSClient | undefined;
let passedMs = 0;

async function receivedFrom({ endpoint, urlOf }: SqsServer): Promise<string[]> {
  client ??= new SQSClient({ endpoint, region: 'us-east-1', credentials: localCredentials });
  const QueueUrl = urlOf('expired');
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return bodies;
    for (const { Body, ReceiptHandle } of Messages) {
      bodies.push(Body!);
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

s3Conformance('the local S3', async () => {
  const sqs = await startSqs({ port: 0, root: join(root, 'sqs') });
  queues = sqs;
  const arn = 'arn:aws:sqs:us-east-1:000000000000:expired';
  await sqs.ensureQueue({ name: 'expired', arn, visibilityTimeoutS: 30, retentionS: 3600, delayS: 0 });
  const s3 = await startS3({
    port: 0,
    root: join(root, 's3'),
    sendToQueue: sqs.send,
    nowMs: () => Date.now() + passedMs,
  });
  server = s3;
  return {
    endpoint: s3.endpoint,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    lifecycle: {
      queueArn: arn,
      received: () => receivedFrom(sqs),
      async afterDays(days) {
        passedMs = days * dayMs;
        await s3.expireObjects();
        passedMs = 0;
      },
    },
  };
});

afterAll(async () => {
  client?.destroy();
  await server?.close();
  await queues?.close();
  rmSync(root, { recursive: true, force: true });
});
