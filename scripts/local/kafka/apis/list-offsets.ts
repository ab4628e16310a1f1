import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';
import type { Partition } from '../partition.ts';

const latest = -1;
const earliest = -2;

/**
 * Request: i32 replica | v2: i8 isolation | [topic | [i32 partition | v4: i32 leader epoch | i64 time: -1 end, -2 start]]
 * Answer: v2: i32 throttle | [topic | [i32 partition | i16 error | i64 timestamp | i64 offset | v4: i32 leader epoch]]
 */
export const listOffsets: Api = {
  key: 2,
  versions: [1, 5],
  handle({ version, broker, request, answer }: Call) {
    request.int32();
    if (version >= 2) request.int8();
    const topics = request.array(() => ({
      name: request.string(),
      partitions: request.array(() => {
        const index = request.int32();
        if (version >= 4) request.int32();
        return { index, timeMs: request.int64() };
      }),
    }));
    if (version >= 2) answer.int32(0);
    answer.array(topics, ({ name, partitions }) => {
      answer.string(name).array(partitions, ({ index, timeMs }) => {
        const partition = broker.topics.partition(name, index);
        const found = partition && find(partition, timeMs);
        answer.int32(index).int16(partition ? errorCode.none : errorCode.unknownTopicOrPartition);
        answer.int64(found?.timestampMs ?? -1).int64(found?.offset ?? -1);
        if (version >= 4) answer.int32(0);
      });
    });
  },
};

function find(partition: Partition, timeMs: number): { offset: number; timestampMs: number } | undefined {
  if (timeMs === latest) return { offset: partition.end, timestampMs: -1 };
  if (timeMs === earliest) return { offset: partition.start, timestampMs: -1 };
  return partition.findTime(timeMs);
}
