import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { openCapacity, type PartitionUnits, partitionUnits } from './capacity.ts';
import { itemOperations } from './item-operations.ts';
import { ServiceError, unknownOperation } from './service-error.ts';
import { openStore } from './store.ts';
import { openStreams } from './streams.ts';
import { tableOperations } from './tables.ts';
import { timeToLive } from './time-to-live.ts';
import { openTransactions } from './transactions.ts';
import type { Message } from './types.ts';

/** What happens to a request instead of the plain answer: a refusal before it has any effect, or an answer lost after it. */
export type Interference = { refuse: ServiceError } | 'loseAnswer';

export interface DynamodbOptions {
  /** 0 takes a free one. */
  port: number;
  /** Folder of the database file. */
  root: string;
  region?: string;
  account?: string;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** How often expired items are looked for. */
  sweepMs?: number;
  /** What a partition serves in a second; DynamoDB's own unless a test of clients wants fewer. */
  units?: PartitionUnits;
  /** Asked before each request; for tests of clients. */
  interfere?: (operation: string, request: Message) => Interference | undefined;
  log?: (line: string) => void;
}

export interface DynamodbServer {
  /** `http://127.0.0.1:<port>`; it answers DynamoDB Streams as well. */
  endpoint: string;
  /** Calls `listener` with the ARN of each stream that has new records; returns how to stop it. */
  onChange(listener: (streamArn: string) => void): () => void;
  close(): Promise<void>;
}

const maxRequestBytes = 16 * 1024 * 1024;

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes <= maxRequestBytes) parts.push(part);
  }
  if (bytes > maxRequestBytes)
    throw new ServiceError('RequestEntityTooLarge', `expected at most ${maxRequestBytes} bytes`, {}, 413);
  return Buffer.concat(parts);
}

function parsed(body: Buffer): Message {
  try {
    const message: unknown = JSON.parse(body.toString('utf8'));
    if (typeof message === 'object' && message !== null && !Array.isArray(message)) return message as Message;
  } catch {
    // Falls through to the refusal.
  }
  throw new ServiceError('com.amazon.coral.service#SerializationException', 'expected a JSON object');
}

/** DynamoDB and its streams on the loopback interface: any client, any credentials. */
export async function startDynamodb(options: DynamodbOptions): Promise<DynamodbServer> {
  const { port, root, now = Date.now, sweepMs = 1000, interfere, log = console.error } = options;
  const identity = { region: options.region ?? 'us-east-1', account: options.account ?? '000000000000' };
  const store = openStore(root);
  const streams = openStreams(store, identity, now);
  const capacity = openCapacity(store, options.units ?? partitionUnits, now);
  const transactions = openTransactions(store, capacity, now);
  const expiry = timeToLive(store, streams, now);
  const services: Record<string, Record<string, (request: Message) => Message | Promise<Message>>> = {
    DynamoDB_20120810: {
      ...tableOperations(store, identity, now),
      ...itemOperations(store, capacity),
      ...transactions.operations,
      ...expiry.operations,
    },
    DynamoDBStreams_20120810: streams.operations,
  };

  async function handle(request: IncomingMessage): Promise<Message | 'lost'> {
    const [service = '', operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
    const body = await bodyOf(request);
    const operations = services[service];
    if (operations === undefined || !Object.hasOwn(operations, operation))
      throw unknownOperation(`${service}.${operation}`);
    const message = parsed(body);
    const interference = interfere?.(operation, message);
    if (typeof interference === 'object') throw interference.refuse;
    try {
      const result = await operations[operation]!(message);
      return interference === 'loseAnswer' ? 'lost' : result;
    } finally {
      streams.announce();
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let status = 200;
    let answer: Message;
    try {
      const result = await handle(request);
      if (result === 'lost') {
        response.destroy();
        return;
      }
      answer = result;
    } catch (error) {
      if (request.errored || response.destroyed) return;
      const refusal =
        error instanceof ServiceError
          ? error
          : new ServiceError('com.amazonaws.dynamodb.v20120810#InternalServerError', (error as Error).message, {}, 500);
      if (error !== refusal) log(`DynamoDB ${String(request.headers['x-amz-target'])}: ${(error as Error).stack}`);
      status = refusal.status;
      answer = refusal.body;
    }
    const body = Buffer.from(JSON.stringify(answer));
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': body.length,
      'x-amzn-requestid': randomUUID(),
      'x-amz-crc32': crc32(body),
    });
    response.end(body);
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    serve(request, response).catch((error: unknown) => log(`DynamoDB: ${String(error)}`));
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  } catch (error) {
    store.close();
    throw error;
  }
  const sweeper = setInterval(() => {
    try {
      expiry.sweep();
      streams.trim();
      transactions.trim();
    } catch (error) {
      log(`DynamoDB's time to live: ${(error as Error).stack}`);
    }
  }, sweepMs);
  sweeper.unref();
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onChange: streams.onChange,
    close: () =>
      new Promise((resolve) => {
        clearInterval(sweeper);
        server.close(() => {
          store.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
