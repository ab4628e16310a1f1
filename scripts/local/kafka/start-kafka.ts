import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { Broker } from './broker.ts';
import { serveConnection } from './connection.ts';
import { errorCode } from './error-code.ts';
import type { Partition } from './partition.ts';
import type { KafkaRecord } from './record-batch.ts';

export interface KafkaOptions {
  /** Port on 127.0.0.1; 0 for any free one. */
  port: number;
  /** Folder of topics and groups. */
  root: string;
  /** Called with the topic of every record batch that a producer appends. */
  onProduced?: (topic: string) => void;
}

export interface PartitionOffsets {
  /** Oldest offset kept. */
  start: number;
  /** Offset the next record gets. */
  end: number;
}

export interface KafkaServer {
  /** `127.0.0.1:port` */
  bootstrap: string;
  /** Creates a topic or adds partitions to it; never takes any away. */
  ensureTopic(name: string, partitions: number): void;
  /** Offsets of every partition of a topic. */
  offsets(topic: string): PartitionOffsets[];
  /** Records from `offset` on, out of whole batches of about `maxBytes` on disk; empty at the end. Not by the wire. */
  readBatch(topic: string, partition: number, offset: number, maxBytes: number): KafkaRecord[];
  /** Offset of the first record with a timestamp at or after `timeMs`; undefined if there is none. */
  offsetAt(topic: string, partition: number, timeMs: number): number | undefined;
  /** Offset to read next by a group; undefined if it never committed. */
  committedOffset(group: string, topic: string, partition: number): number | undefined;
  commitOffset(group: string, topic: string, partition: number, offset: number): void;
  /** Resolves at the next append to any partition, at the latest after `waitMs`. */
  nextAppend(waitMs: number): Promise<void>;
  close(): Promise<void>;
}

const trimEveryMs = 60_000;

/**
 * Starts a Kafka broker over a folder: what it acknowledged is there again after its process was killed. The port is
 * taken before the folder is touched, so that a second broker on one port never opens the first one's files.
 */
export async function startKafka({ port, root, onProduced }: KafkaOptions): Promise<KafkaServer> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void serveConnection(socket, broker);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const broker = openOrClose(server, root);
  if (onProduced !== undefined) broker.onProduced = onProduced;
  const trimming = setInterval(() => broker.topics.trim(Date.now()), trimEveryMs).unref();
  const closing = new AbortController();

  const partitionOf = (topic: string, index: number): Partition => {
    const partition = broker.topics.partition(topic, index);
    if (partition !== undefined) return partition;
    throw new Error(`no partition ${index} of topic ${topic} in ${root}`);
  };
  return {
    bootstrap: `${broker.host}:${broker.port}`,
    ensureTopic(name, partitions) {
      const topic = broker.topics.get(name);
      if (topic !== undefined && topic.partitions.length >= partitions) return;
      if (topic !== undefined) return topic.grow(partitions);
      const { error, message } = broker.topics.create(name, partitions, new Map());
      if (error !== errorCode.none) throw new Error(`cannot create topic ${name}: ${message}`);
    },
    offsets(name) {
      const topic = broker.topics.get(name);
      if (topic === undefined) throw new Error(`no topic ${name} in ${root}`);
      return topic.partitions.map(({ start, end }) => ({ start, end }));
    },
    readBatch: (topic, index, offset, maxBytes) => partitionOf(topic, index).readRecords(offset, maxBytes),
    offsetAt: (topic, index, timeMs) => partitionOf(topic, index).findTime(timeMs)?.offset,
    committedOffset: (group, topic, index) => broker.groups.get(group)?.offsets.get(topic, index)?.offset,
    commitOffset(group, topic, partition, offset) {
      partitionOf(topic, partition);
      broker.groups.getOrCreate(group).offsets.commit([{ topic, partition, offset, metadata: '' }]);
    },
    nextAppend: (waitMs) => broker.nextAppend(waitMs, closing.signal),
    async close() {
      clearInterval(trimming);
      closing.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      broker.close();
    },
  };
}

function openOrClose(server: Server, root: string): Broker {
  try {
    return new Broker(root, (server.address() as AddressInfo).port);
  } catch (error) {
    server.close();
    throw error;
  }
}
