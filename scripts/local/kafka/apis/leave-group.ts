import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';

/**
 * Request: group | v0–2: member | v3: [member | instance?]
 * Answer: v1: i32 throttle | i16 error | v3: [member | instance? | i16 error]
 */
export const leaveGroup: Api = {
  key: 13,
  versions: [0, 3],
  handle({ version, broker, request, answer }: Call) {
    const group = broker.groups.get(request.string());
    const leave = (memberId: string, instanceId: string | null) =>
      group?.leave(memberId, instanceId) ?? errorCode.unknownMemberId;
    if (version < 3) {
      const error = leave(request.string(), null);
      if (version >= 1) answer.int32(0);
      answer.int16(error);
      return;
    }
    const members = request.array(() => ({ memberId: request.string(), instanceId: request.nullableString() }));
    answer.int32(0).int16(errorCode.none);
    answer.array(members, ({ memberId, instanceId }) => {
      answer.string(memberId).string(instanceId).int16(leave(memberId, instanceId));
    });
  },
};
