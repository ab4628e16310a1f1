import type { Api, Call } from '../api.ts';
import type { Broker } from '../broker.ts';
import { errorCode } from '../error-code.ts';
import { defaultTopicConfig, type TopicConfigName } from '../topics.ts';

const topicResource = 2;
const topicSource = 1;
const defaultSource = 5;
const longType = 5;

/**
 * Request: [i8 resource (2 topic, 4 broker) | name | [config]?] | v1: i8 synonyms | v3: i8 documentation
 * Answer: i32 throttle | [i16 error | message? | i8 resource | name |
 * [config | value? | i8 read only | v0: i8 default | v1: i8 source | i8 sensitive | v1: [synonym] | v3: i8 type, doc?]]
 */
export const describeConfigs: Api = {
  key: 32,
  versions: [0, 3],
  handle({ version, broker, request, answer }: Call) {
    const resources = request.array(() => ({
      type: request.int8(),
      name: request.string(),
      wanted: request.nullableArray(() => request.string()),
    }));
    answer.int32(0).array(resources, ({ type, name, wanted }) => {
      const missing = type === topicResource && broker.topics.get(name) === undefined;
      answer.int16(missing ? errorCode.unknownTopicOrPartition : errorCode.none);
      answer
        .string(missing ? `no topic ${name}` : null)
        .int8(type)
        .string(name);
      const entries = type === topicResource ? topicConfig(broker, name) : [];
      const told = entries.filter(([key]) => wanted === null || wanted.includes(key));
      answer.array(told, ([key, value]) => {
        const isDefault = value === defaultTopicConfig[key];
        answer.string(key).string(String(value)).boolean(false);
        if (version === 0) answer.boolean(isDefault);
        else answer.int8(isDefault ? defaultSource : topicSource);
        answer.boolean(false);
        if (version >= 1) answer.array([], () => {});
        if (version >= 3) answer.int8(longType).string(null);
      });
    });
  },
};

const topicConfig = (broker: Broker, name: string): [TopicConfigName, number][] =>
  Object.entries(broker.topics.get(name)?.config ?? {}) as [TopicConfigName, number][];
