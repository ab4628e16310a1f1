import { connect, type Socket } from 'node:net';
import { WireReader, WireWriter } from '../../../scripts/local/kafka/wire.ts';

export interface Fetched {
  error: number;
  highWatermark: number;
  batches: Buffer;
}

/** A broker that has just started says so for a while. */
const coordinatorLoading = 14;
const leaderMissing = 6;
const readyWithinMs = 30_000;

/** Kafka's protocol request by request, for what a client library would never send. */
export class KafkaWire {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (answer: WireReader) => void>();
  #received = Buffer.alloc(0);
  #correlation = 0;
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('error', () => socket.destroy());
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static async connect(bootstrap: string): Promise<KafkaWire> {
    const [host, port] = bootstrap.split(':');
    const socket = connect(Number(port), host);
    await new Promise<void>((resolve, reject) => socket.once('connect', () => resolve()).once('error', reject));
    return new KafkaWire(socket);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Sends a request with a header of version 1 and waits for its answer's body. */
  request(api: number, version: number, write: (body: WireWriter) => void): Promise<WireReader> {
    const correlation = this.send(api, version, write);
    return new Promise((resolve, reject) => {
      this.#waiting.set(correlation, resolve);
      void this.closed.then(() =>
        reject(new Error(`connection closed before api ${api} version ${version} was answered`)),
      );
    });
  }

  /** Sends a request that will not be answered. */
  send(api: number, version: number, write: (body: WireWriter) => void): number {
    this.#correlation += 1;
    const body = new WireWriter().int16(api).int16(version).int32(this.#correlation).string('conformance');
    write(body);
    const bytes = Buffer.concat(body.finish());
    this.#socket.write(Buffer.concat([new WireWriter().int32(bytes.length).finish()[0]!, bytes]));
    return this.#correlation;
  }

  /** Versions offered by API key. */
  async apiVersions(): Promise<Map<number, [number, number]>> {
    const answer = await this.request(18, 0, () => {});
    answer.int16();
    return new Map(answer.array(() => [answer.int16(), [answer.int16(), answer.int16()]]));
  }

  #produceBody(topic: string, partition: number, batch: Buffer, acks: number) {
    return (body: WireWriter): void => {
      body.string(null).int16(acks).int32(10_000);
      body.array([topic], (name) => body.string(name).array([batch], (one) => body.int32(partition).bytes(one)));
    };
  }

  /** Appends a batch; like any client, it asks again while a new partition has no leader yet. */
  async produce(
    topic: string,
    partition: number,
    batch: Buffer,
    acks = -1,
  ): Promise<{ error: number; baseOffset: number }> {
    const deadline = Date.now() + readyWithinMs;
    for (;;) {
      const answer = await this.request(0, 7, this.#produceBody(topic, partition, batch, acks));
      const [answered] = answer.array(() => {
        answer.string();
        return answer.array(() => {
          answer.int32();
          const produced = { error: answer.int16(), baseOffset: answer.int64() };
          answer.int64();
          answer.int64();
          return produced;
        });
      });
      const [produced] = answered!;
      if (produced!.error !== leaderMissing || Date.now() > deadline) return produced!;
    }
  }

  produceWithoutAnswer(topic: string, partition: number, batch: Buffer): void {
    this.send(0, 7, this.#produceBody(topic, partition, batch, 0));
  }

  async fetch(
    topic: string,
    partition: number,
    offset: number,
    { maxBytes = 1 << 20, waitMs = 0, minBytes = 1 } = {},
  ): Promise<Fetched> {
    const answer = await this.request(1, 11, (body) => {
      body.int32(-1).int32(waitMs).int32(minBytes).int32(maxBytes).int8(0).int32(0).int32(-1);
      body.array([topic], (name) =>
        body
          .string(name)
          .array([offset], (one) => body.int32(partition).int32(-1).int64(one).int64(-1).int32(maxBytes)),
      );
      body.array([], () => {}).string('');
    });
    answer.int32();
    answer.int16();
    answer.int32();
    const [fetched] = answer.array(() => {
      answer.string();
      return answer.array(() => {
        answer.int32();
        const [error, highWatermark] = [answer.int16(), answer.int64()];
        answer.int64();
        answer.int64();
        answer.array(() => [answer.int64(), answer.int64()]);
        answer.int32();
        return { error, highWatermark, batches: answer.bytes() };
      });
    });
    return fetched![0]!;
  }

  /** Offset of the first record at or after a time; -1 asks for the end, -2 for the start. */
  async listOffset(
    topic: string,
    partition: number,
    timeMs: number,
  ): Promise<{ error: number; timestampMs: number; offset: number }> {
    const answer = await this.request(2, 1, (body) => {
      body
        .int32(-1)
        .array([topic], (name) => body.string(name).array([timeMs], (one) => body.int32(partition).int64(one)));
    });
    const [listed] = answer.array(() => {
      answer.string();
      return answer.array(() => {
        answer.int32();
        return { error: answer.int16(), timestampMs: answer.int64(), offset: answer.int64() };
      });
    });
    return listed![0]!;
  }

  async initProducerId(): Promise<{ error: number; producerId: number; epoch: number }> {
    const deadline = Date.now() + readyWithinMs;
    for (;;) {
      const answer = await this.request(22, 0, (body) => body.string(null).int32(60_000));
      answer.int32();
      const given = { error: answer.int16(), producerId: answer.int64(), epoch: answer.int16() };
      if (given.error !== coordinatorLoading || Date.now() > deadline) return given;
    }
  }

  /** Error code of a topic's metadata, with creation on demand switched off. */
  async topicError(topic: string): Promise<number> {
    const answer = await this.request(3, 4, (body) => body.array([topic], (name) => body.string(name)).boolean(false));
    answer.int32();
    answer.array(() => [answer.int32(), answer.string(), answer.int32(), answer.nullableString()]);
    answer.nullableString();
    answer.int32();
    return answer.array(() => {
      const error = answer.int16();
      answer.string();
      answer.boolean();
      answer.array(() => [
        answer.int16(),
        answer.int32(),
        answer.int32(),
        answer.array(() => answer.int32()),
        answer.array(() => answer.int32()),
      ]);
      return error;
    })[0]!;
  }

  /** Error code of a topic's creation. */
  async createTopic(
    topic: string,
    partitions: number,
    replication: number,
    config: [string, string][] = [],
  ): Promise<number> {
    const answer = await this.request(19, 2, (body) => {
      body.array([topic], (name) => {
        body
          .string(name)
          .int32(partitions)
          .int16(replication)
          .array([], () => {});
        body.array(config, ([key, value]) => body.string(key).string(value));
      });
      body.int32(10_000).boolean(false);
    });
    answer.int32();
    return answer.array(() => {
      answer.string();
      const error = answer.int16();
      answer.nullableString();
      return error;
    })[0]!;
  }

  async heartbeat(group: string, generation: number, member: string): Promise<number> {
    const answer = await this.request(12, 0, (body) => body.string(group).int32(generation).string(member));
    return answer.int16();
  }

  async commit(group: string, generation: number, member: string, topic: string, offset: number): Promise<number> {
    const answer = await this.request(8, 2, (body) => {
      body.string(group).int32(generation).string(member).int64(-1);
      body.array([topic], (name) => body.string(name).array([offset], (one) => body.int32(0).int64(one).string(null)));
    });
    return answer.array(() => {
      answer.string();
      return answer.array(() => [answer.int32(), answer.int16()] as const)[0]![1];
    })[0]!;
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.#received.length >= 4) {
      const length = this.#received.readInt32BE(0);
      if (this.#received.length < 4 + length) return;
      const answer = new WireReader(this.#received.subarray(4, 4 + length));
      this.#received = this.#received.subarray(4 + length);
      const correlation = answer.int32();
      this.#waiting.get(correlation)?.(answer);
      this.#waiting.delete(correlation);
    }
  }
}
