import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';

/**
 * Request: [group]
 * Answer: i32 throttle | [group | i16 error]
 */
export const deleteGroups: Api = {
  key: 42,
  versions: [0, 1],
  handle({ broker, request, answer }: Call) {
    const ids = request.array(() => request.string());
    answer.int32(0).array(ids, (id) => {
      const group = broker.groups.get(id);
      const busy = group !== undefined && group.members.size > 0;
      if (group !== undefined && !busy) broker.groups.delete(group);
      const error = group === undefined ? errorCode.groupIdNotFound : busy ? errorCode.nonEmptyGroup : errorCode.none;
      answer.string(id).int16(error);
    });
  },
};
