import type { Api, Call } from '../api.ts';
import type { Broker } from '../broker.ts';
import { errorCode } from '../error-code.ts';
import { done, type TopicOutcome } from '../topics.ts';

/**
 * Request: [topic | i32 partitions | [[i32 node]]?] | i32 timeout | i8 validate only
 * Answer: i32 throttle | [topic | i16 error | message?]
 */
export const createPartitions: Api = {
  key: 37,
  versions: [0, 1],
  handle({ broker, request, answer }: Call) {
    const topics = request.array(() => {
      const name = request.string();
      const partitions = request.int32();
      request.nullableArray(() => request.array(() => request.int32()));
      return { name, partitions };
    });
    request.int32();
    const validateOnly = request.boolean();
    answer.int32(0).array(topics, ({ name, partitions }) => {
      const { error, message } = grow(broker, name, partitions, validateOnly);
      answer.string(name).int16(error).string(message);
    });
  },
};

function grow(broker: Broker, name: string, partitions: number, validateOnly: boolean): TopicOutcome {
  const topic = broker.topics.get(name);
  if (topic === undefined) return { error: errorCode.unknownTopicOrPartition, message: `no topic ${name}` };
  const now = topic.partitions.length;
  if (partitions <= now || partitions > 1000) {
    return {
      error: errorCode.invalidPartitions,
      message: `Topic ${name} currently has ${now} partitions: expected more, at most 1000, found ${partitions}`,
    };
  }
  if (!validateOnly) topic.grow(partitions);
  return done;
}
