import type { Api, Call } from '../api.ts';
import type { Broker } from '../broker.ts';
import { type ErrorCode, errorCode } from '../error-code.ts';

interface FetchPartition {
  index: number;
  offset: number;
  maxBytes: number;
}

interface FetchTopic {
  name: string;
  partitions: FetchPartition[];
}

interface Fetched {
  error: ErrorCode;
  start: number;
  end: number;
  batches: Buffer[];
}

/**
 * Request: i32 replica | i32 max wait ms | i32 min bytes | i32 max bytes | i8 isolation | v7: i32 session, i32 epoch |
 * [topic | [i32 partition | v9: i32 leader epoch | i64 offset | v5: i64 log start | i32 max bytes]] |
 * v7: forgotten topics | v11: rack
 * Answer: i32 throttle | v7: i16 error, i32 session (0: none kept) |
 * [topic | [i32 partition | i16 error | i64 high watermark | i64 last stable | v5: i64 log start | aborted? |
 * v11: i32 preferred replica | batches]]
 */
export const fetch: Api = {
  key: 1,
  versions: [4, 11],
  async handle({ version, broker, request, answer, aborted }: Call) {
    request.int32();
    const deadline = Date.now() + request.int32();
    const minBytes = request.int32();
    const maxBytes = request.int32();
    request.int8();
    if (version >= 7) {
      request.int32();
      request.int32();
    }
    const topics = request.array(() => ({
      name: request.string(),
      partitions: request.array(() => {
        const index = request.int32();
        if (version >= 9) request.int32();
        const offset = request.int64();
        if (version >= 5) request.int64();
        return { index, offset, maxBytes: request.int32() };
      }),
    }));
    let found = read(broker, topics, maxBytes);
    while (!found.failed && found.bytes < minBytes && Date.now() < deadline && !aborted.aborted) {
      await broker.nextAppend(deadline - Date.now(), aborted);
      found = read(broker, topics, maxBytes);
    }
    answer.int32(0);
    if (version >= 7) answer.int16(errorCode.none).int32(0);
    answer.array(topics, ({ name, partitions }) => {
      answer.string(name).array(partitions, (partition) => {
        const { error, start, end, batches } = found.byPartition.get(partition)!;
        answer.int32(partition.index).int16(error).int64(end).int64(end);
        if (version >= 5) answer.int64(start);
        answer.array(null, () => {});
        if (version >= 11) answer.int32(-1);
        answer.int32(batches.reduce((sum, batch) => sum + batch.length, 0));
        for (const batch of batches) answer.raw(batch);
      });
    });
  },
};

function read(broker: Broker, topics: readonly FetchTopic[], maxBytes: number) {
  const byPartition = new Map<FetchPartition, Fetched>();
  let bytes = 0;
  let failed = false;
  for (const { name, partitions } of topics) {
    for (const wanted of partitions) {
      const fetched = readPartition(broker, name, wanted, maxBytes - bytes, bytes === 0);
      byPartition.set(wanted, fetched);
      failed ||= fetched.error !== errorCode.none;
      for (const batch of fetched.batches) bytes += batch.length;
    }
  }
  return { byPartition, bytes, failed };
}

/** The first batch of an answer is given whole, however large: a consumer never starves on a batch over its limits. */
function readPartition(
  broker: Broker,
  topic: string,
  { index, offset, maxBytes }: FetchPartition,
  bytesLeft: number,
  isFirst: boolean,
): Fetched {
  const partition = broker.topics.partition(topic, index);
  if (partition === undefined) return { error: errorCode.unknownTopicOrPartition, start: -1, end: -1, batches: [] };
  const { start, end } = partition;
  if (offset < start || offset > end) return { error: errorCode.offsetOutOfRange, start, end, batches: [] };
  const limit = Math.min(maxBytes, bytesLeft);
  if (limit <= 0 && !isFirst) return { error: errorCode.none, start, end, batches: [] };
  const batches = offset === end ? [] : partition.readBatches(offset, limit);
  const tooLarge = !isFirst && batches.length > 0 && batches[0]!.length > limit;
  return { error: errorCode.none, start, end, batches: tooLarge ? [] : batches };
}
