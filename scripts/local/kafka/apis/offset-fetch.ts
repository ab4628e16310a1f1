import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';

/**
 * Request: group | [topic | [i32 partition]]? (null, from v2, asks for all)
 * Answer: v3: i32 throttle | [topic | [i32 partition | i64 offset, -1 none | v5: i32 leader epoch | metadata | i16 error]] |
 * v2: i16 error
 */
export const offsetFetch: Api = {
  key: 9,
  versions: [1, 5],
  handle({ version, broker, request, answer }: Call) {
    const offsets = broker.groups.get(request.string())?.offsets;
    const topics = request.nullableArray(() => ({
      topic: request.string(),
      partitions: request.array(() => request.int32()),
    }));
    if (version >= 3) answer.int32(0);
    answer.array(topics ?? offsets?.topics ?? [], ({ topic, partitions }) => {
      answer.string(topic).array(partitions, (partition) => {
        const committed = offsets?.get(topic, partition);
        answer.int32(partition).int64(committed?.offset ?? -1);
        if (version >= 5) answer.int32(-1);
        answer.string(committed?.metadata ?? '').int16(errorCode.none);
      });
    });
    if (version >= 2) answer.int16(errorCode.none);
  },
};
