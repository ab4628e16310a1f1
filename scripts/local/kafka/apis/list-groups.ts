import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';

/**
 * Request: nothing
 * Answer: v1: i32 throttle | i16 error | [group | protocol type]
 */
export const listGroups: Api = {
  key: 16,
  versions: [0, 2],
  handle({ version, broker, answer }: Call) {
    if (version >= 1) answer.int32(0);
    answer.int16(errorCode.none);
    answer.array(broker.groups.all, ({ offsets }) => answer.string(offsets.group).string(offsets.protocolType));
  },
};
