import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';

/**
 * Request: v3: i32 replica | [topic | [i32 partition | v2: i32 current epoch | i32 epoch]]
 * Answer: v2: i32 throttle | [topic | [i16 error | i32 partition | v1: i32 epoch | i64 end offset]]
 */
export const offsetForLeaderEpoch: Api = {
  key: 23,
  versions: [0, 3],
  handle({ version, broker, request, answer }: Call) {
    if (version >= 3) request.int32();
    const topics = request.array(() => ({
      name: request.string(),
      partitions: request.array(() => {
        const index = request.int32();
        if (version >= 2) request.int32();
        request.int32();
        return index;
      }),
    }));
    if (version >= 2) answer.int32(0);
    answer.array(topics, ({ name, partitions }) => {
      answer.string(name).array(partitions, (index) => {
        const partition = broker.topics.partition(name, index);
        answer.int16(partition ? errorCode.none : errorCode.unknownTopicOrPartition).int32(index);
        if (version >= 1) answer.int32(partition ? 0 : -1);
        answer.int64(partition?.end ?? -1);
      });
    });
  },
};
