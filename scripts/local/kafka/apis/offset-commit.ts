import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';

/**
 * Request: group | i32 generation | member | v7: instance? | v2–4: i64 retention |
 * [topic | [i32 partition | i64 offset | v6: i32 leader epoch | metadata?]]
 * Answer: v3: i32 throttle | [topic | [i32 partition | i16 error]]
 */
export const offsetCommit: Api = {
  key: 8,
  versions: [2, 7],
  handle({ version, broker, request, answer }: Call) {
    const group = broker.groups.getOrCreate(request.string());
    const generation = request.int32();
    const memberId = request.string();
    if (version >= 7) request.nullableString();
    if (version <= 4) request.int64();
    const topics = request.array(() => ({
      topic: request.string(),
      partitions: request.array(() => {
        const partition = request.int32();
        const offset = request.int64();
        if (version >= 6) request.int32();
        return { partition, offset, metadata: request.string() };
      }),
    }));
    const error = group.checkCommit(memberId, generation);
    const exists = (topic: string, partition: number): boolean =>
      broker.topics.partition(topic, partition) !== undefined;
    const offsets = topics
      .flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, ...partition })))
      .filter(({ topic, partition }) => exists(topic, partition));
    if (error === errorCode.none) group.offsets.commit(offsets);
    if (version >= 3) answer.int32(0);
    answer.array(topics, ({ topic, partitions }) => {
      answer.string(topic).array(partitions, ({ partition }) => {
        answer.int32(partition).int16(exists(topic, partition) ? error : errorCode.unknownTopicOrPartition);
      });
    });
  },
};
