import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';
import type { TopicOutcome } from '../topics.ts';

const defaultPartitions = 1;

/**
 * Request: [topic | i32 partitions | i16 replication | [i32 partition | [i32 node]] | [config | value?]] | i32 timeout |
 * v1: i8 validate only
 * Answer: v2: i32 throttle | [topic | i16 error | v1: message?]
 */
export const createTopics: Api = {
  key: 19,
  versions: [0, 4],
  handle({ version, broker, request, answer }: Call) {
    const topics = request.array(() => ({
      name: request.string(),
      partitions: request.int32(),
      replication: request.int16(),
      assigned: request.array(() => ({ partition: request.int32(), nodes: request.array(() => request.int32()) })),
      config: new Map(request.array(() => [request.string(), request.nullableString()] as const)),
    }));
    request.int32();
    const validateOnly = version >= 1 && request.boolean();
    const create = ({ name, partitions, replication, assigned, config }: (typeof topics)[number]): TopicOutcome => {
      if (assigned.length === 0 && replication !== 1 && replication !== -1) {
        return {
          error: errorCode.invalidReplicationFactor,
          message: `topic ${name}: replication factor ${replication} with one broker`,
        };
      }
      const wanted = partitions === -1 ? assigned.length || defaultPartitions : partitions;
      return broker.topics.create(name, wanted, config, validateOnly);
    };
    if (version >= 2) answer.int32(0);
    answer.array(topics, (topic) => {
      const { error, message } = create(topic);
      answer.string(topic.name).int16(error);
      if (version >= 1) answer.string(message);
    });
  },
};
