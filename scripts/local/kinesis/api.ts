import { consumerOperations } from './consumer-operations.ts';
import type { Operation } from './inputs.ts';
import { KinesisError } from './kinesis-error.ts';
import { recordOperations } from './record-operations.ts';
import { shardOperations } from './shard-operations.ts';
import { streamOperations } from './stream-operations.ts';
import type { Streams } from './streams.ts';
import { wireFormat } from './wire-format.ts';

export interface Answer {
  status: number;
  contentType: string;
  body: Buffer;
}

const targetPrefix = 'Kinesis_20131202.';

/** The Kinesis API over streams: from a request's target, content type and body to an answer. Never throws. */
export class KinesisApi {
  readonly #operations: Record<string, Operation>;

  constructor(streams: Streams) {
    this.#operations = {
      ...streamOperations(streams),
      ...shardOperations(streams),
      ...recordOperations(streams),
      ...consumerOperations(streams),
    };
  }

  answer(target: string | undefined, contentType: string | undefined, body: Buffer, nowMs: number): Answer {
    const type = contentType ?? 'application/x-amz-json-1.1';
    try {
      const format = wireFormat(contentType);
      const answer = this.#operation(target).run(
        parse(() => format.parse(body)),
        nowMs,
      );
      return { status: 200, contentType: type, body: format.format(answer) };
    } catch (error) {
      const refused = error instanceof KinesisError;
      if (!refused) console.error(`kinesis: ${target} failed`, error);
      const name = refused ? error.name : 'InternalFailureException';
      const message = (error as Error).message;
      return { status: refused ? 400 : 500, contentType: type, body: errorBody(contentType, name, message) };
    }
  }

  #operation(target: string | undefined): Operation {
    const name = target?.startsWith(targetPrefix) ? target.slice(targetPrefix.length) : '';
    const found = Object.hasOwn(this.#operations, name) ? this.#operations[name] : undefined;
    if (found !== undefined) return found;
    throw new KinesisError(
      'UnknownOperationException',
      `X-Amz-Target ${target}: expected ${targetPrefix} and one of ${Object.keys(this.#operations).join(', ')}`,
    );
  }
}

function parse(read: () => unknown): unknown {
  try {
    return read();
  } catch (cause) {
    throw new KinesisError('SerializationException', `cannot read the request's body: ${(cause as Error).message}`);
  }
}

function errorBody(contentType: string | undefined, name: string, message: string): Buffer {
  const known = contentType?.startsWith('application/x-amz-cbor-1.1') ? contentType : 'application/x-amz-json-1.1';
  return wireFormat(known).format({ __type: name, message });
}
