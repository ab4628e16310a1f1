import type { Api, Call } from '../api.ts';

/**
 * Request: [topic] | i32 timeout
 * Answer: v1: i32 throttle | [topic | i16 error]
 */
export const deleteTopics: Api = {
  key: 20,
  versions: [0, 3],
  handle({ version, broker, request, answer }: Call) {
    const names = request.array(() => request.string());
    if (version >= 1) answer.int32(0);
    answer.array(names, (name) => answer.string(name).int16(broker.deleteTopic(name).error));
  },
};
