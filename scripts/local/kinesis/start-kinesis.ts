import { randomUUID } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { KinesisApi } from './api.ts';
import { type HttpListener, listen, type Request, type Response } from './http-listener.ts';
import type { StoredRecord } from './shard.ts';
import type { StartingPoint } from './stream.ts';
import { Streams } from './streams.ts';

export interface KinesisOptions {
  /** Port on 127.0.0.1; 0 for any free one. */
  port: number;
  /** Folder of all streams. */
  root: string;
}

/** What a reader in this process gets from a shard. */
export interface ShardRead {
  records: StoredRecord[];
  /** Records that wait behind these. */
  behind: number;
  /** The shard takes no more records and these were the last: its children may be read. */
  ended: boolean;
}

export interface ShardSummary {
  shardId: string;
  parents: string[];
  open: boolean;
}

export interface KinesisServer {
  /** `http://127.0.0.1:port` */
  endpoint: string;
  /** Shards of a stream, parents before children. */
  shards(stream: string): ShardSummary[];
  /** Records of a shard from a starting point, at most `limit` and about `maxBytes`; not by the wire. */
  readShard(stream: string, shardId: string, from: StartingPoint, limit: number, maxBytes: number): ShardRead;
  close(): Promise<void>;
}

const trimEveryMs = 60_000;

/**
 * Starts a Kinesis server over a folder: what it acknowledged is there again after its process was killed. The port is
 * taken before the folder is touched, so that a second server on one port never opens the first one's files.
 */
export async function startKinesis({ port, root }: KinesisOptions): Promise<KinesisServer> {
  const listener = await listen(port);
  const streams = await openOrClose(listener, root);
  const api = new KinesisApi(streams);
  listener.serve((request, response) => respond(api, request, response));
  const trimming = setInterval(() => streams.trim(Date.now()), trimEveryMs).unref();
  return {
    endpoint: `http://127.0.0.1:${listener.port}`,
    shards: (name) => {
      const { shards } = streams.get({ StreamName: name });
      return shards.map((shard) => ({
        shardId: shard.id,
        parents: shards.filter(({ state }) => shard.state.parents.includes(state.index)).map(({ id }) => id),
        open: shard.open,
      }));
    },
    readShard: (name, shardId, from, limit, maxBytes) => {
      const stream = streams.get({ StreamName: name });
      const shard = stream.shard(shardId);
      const ordinal = stream.ordinalAt(shard, from, Date.now());
      const records = shard.read(ordinal, limit, maxBytes);
      const behind = shard.nextOrdinal - (records.at(-1)?.ordinal ?? ordinal - 1) - 1;
      return { records, behind, ended: !shard.open && behind === 0 };
    },
    async close() {
      clearInterval(trimming);
      await listener.close();
      streams.close();
    },
  };
}

async function openOrClose(listener: HttpListener, root: string): Promise<Streams> {
  try {
    return new Streams(root);
  } catch (error) {
    await listener.close();
    throw error;
  }
}

function respond(api: KinesisApi, request: Request, response: Response): void {
  const chunks: Buffer[] = [];
  const incoming: Readable = request;
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const target = request.headers['x-amz-target'] as string | undefined;
    const { status, contentType, body } = api.answer(
      target,
      request.headers['content-type'],
      Buffer.concat(chunks),
      Date.now(),
    );
    response.statusCode = status;
    response.setHeader('content-type', contentType);
    response.setHeader('content-length', body.length);
    response.setHeader('x-amzn-requestid', randomUUID());
    const outgoing: Writable = response;
    outgoing.end(body);
  });
}
