import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';

/**
 * Request: group | i32 generation | member | v3: instance?
 * Answer: v1: i32 throttle | i16 error
 */
export const heartbeat: Api = {
  key: 12,
  versions: [0, 3],
  handle({ version, broker, request, answer }: Call) {
    const group = broker.groups.get(request.string());
    const generation = request.int32();
    const memberId = request.string();
    if (version >= 1) answer.int32(0);
    answer.int16(group?.check(memberId, generation) ?? errorCode.unknownMemberId);
  },
};
