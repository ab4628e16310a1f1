import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { maxPayloadBytes } from '../functions/invocation.ts';
import type { MappingReport } from '../local-aws.ts';
import { identifierOf, itemFailures } from './entry.ts';
import type { HostedMapping, MappingHost } from './hosted-mapping.ts';
import type { QueueMappingSpec } from './mapping-spec.ts';
import { type QueueMessage, queueEvent, queueMessage } from './queue-event.ts';

/** What a mapping needs of the queue it reads. */
export interface QueueReader {
  client: Pick<SQSClient, 'send'>;
  url: string;
  depth(): Promise<{ waiting: number; inFlight: number }>;
}

/** As many as one request for messages may ask for. */
const maxReceived = 10;
/** How long a request for messages waits for one: SQS's own greatest. */
const longPollS = 20;
const afterErrorMs = 1000;

/**
 * Reads a queue, one batch at a time. A message is deleted when its function has dealt with it; whatever else comes of a batch,
 * its messages come back when their visibility timeout has passed, until the queue gives them up.
 */
export class QueueMapping implements HostedMapping {
  readonly #spec: QueueMappingSpec;
  readonly #reader: QueueReader;
  readonly #host: MappingHost;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  readonly #counts = { records: 0, batches: 0, failures: 0 };
  #depth = 0;
  #busy = false;

  constructor(spec: QueueMappingSpec, reader: QueueReader, host: MappingHost) {
    this.#spec = spec;
    this.#reader = reader;
    this.#host = host;
    this.#done = this.#run();
  }

  report(): MappingReport {
    const { functionName, queueName } = this.#spec;
    return { functionName, kind: 'sqs', origin: queueName, lag: this.#depth, busy: this.#busy, ...this.#counts };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const messages = await this.#collect(signal);
        if (messages.length > 0) await this.#deliver(messages);
        const { waiting, inFlight } = await this.#reader.depth();
        this.#depth = waiting + inFlight;
      } catch (error) {
        if (signal.aborted) return;
        this.#failed(error instanceof Error ? (error.stack ?? error.message) : String(error));
        await sleep(afterErrorMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Messages until there are enough for a batch, or the first has waited for the window. */
  async #collect(signal: AbortSignal): Promise<QueueMessage[]> {
    const { batchSize, windowMs, queueArn } = this.#spec;
    const collected: QueueMessage[] = [];
    let bytes = 0;
    let closesAtMs = Number.POSITIVE_INFINITY;
    while (collected.length < batchSize && Date.now() < closesAtMs && bytes < maxPayloadBytes / 2) {
      const leftMs = closesAtMs === Number.POSITIVE_INFINITY ? longPollS * 1000 : closesAtMs - Date.now();
      const received = await this.#receive(
        Math.min(maxReceived, batchSize - collected.length),
        Math.min(longPollS, Math.ceil(leftMs / 1000)),
        signal,
      );
      this.#busy = collected.length + received.length > 0;
      for (const message of received) {
        const record = queueMessage(message, queueArn, this.#host.region);
        bytes += Buffer.byteLength(JSON.stringify(record)) + 1;
        collected.push(record);
      }
      if (received.length === 0 && collected.length === 0) return [];
      if (closesAtMs === Number.POSITIVE_INFINITY) closesAtMs = Date.now() + windowMs;
    }
    return collected;
  }

  async #receive(count: number, waitS: number, signal: AbortSignal): Promise<Message[]> {
    const { client, url } = this.#reader;
    const request = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: count,
      WaitTimeSeconds: waitS,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    const { Messages = [] } = await client.send(request, { abortSignal: signal });
    return Messages;
  }

  async #deliver(messages: QueueMessage[]): Promise<void> {
    this.#counts.batches += 1;
    try {
      const outcome = await this.#host.invoke(queueEvent(messages));
      if (outcome.kind === 'failed') {
        this.#failed(`${outcome.error.errorType}: ${outcome.error.errorMessage}`);
        return;
      }
      const done = this.#spec.reportItemFailures ? messagesDone(messages, outcome.payload) : messages;
      if (done.length < messages.length) {
        this.#failed(`${messages.length - done.length} of ${messages.length} messages reported as failed`);
      }
      await this.#delete(done);
      this.#counts.records += done.length;
    } finally {
      this.#busy = false;
    }
  }

  async #delete(messages: readonly QueueMessage[]): Promise<void> {
    const { client, url } = this.#reader;
    for (let start = 0; start < messages.length; start += maxReceived) {
      const Entries = messages.slice(start, start + maxReceived).map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
      }));
      await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
    }
  }

  #failed(reason: string): void {
    this.#counts.failures += 1;
    this.#host.log(`${this.#spec.functionName}: ${this.#spec.queueName}: ${reason}`);
  }
}

/** What an answer with `ReportBatchItemFailures` says is done; an identifier that is not of this batch means nothing is. */
export function messagesDone(messages: readonly QueueMessage[], payload: string): QueueMessage[] {
  const failed = new Set((itemFailures(payload) ?? []).map(identifierOf));
  const known = new Set<unknown>(messages.map(({ messageId }) => messageId));
  if ([...failed].some((identifier) => !known.has(identifier))) return [];
  return messages.filter(({ messageId }) => !failed.has(messageId));
}
