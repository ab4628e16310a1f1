import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';

const unknownOperations = -2_147_483_648;

/**
 * Request: [group] | v3: i8 tell operations
 * Answer: v1: i32 throttle | [i16 error | group | state | protocol type | protocol |
 * [member | v4: instance? | client id | client host | metadata | assignment] | v3: i32 operations]
 */
export const describeGroups: Api = {
  key: 15,
  versions: [0, 4],
  handle({ version, broker, request, answer }: Call) {
    const ids = request.array(() => request.string());
    if (version >= 1) answer.int32(0);
    answer.array(ids, (id) => {
      const group = broker.groups.get(id);
      answer
        .int16(errorCode.none)
        .string(id)
        .string(group?.state ?? 'Dead');
      answer.string(group?.offsets.protocolType ?? '').string(group?.protocol ?? '');
      answer.array([...(group?.members.values() ?? [])], (member) => {
        answer.string(member.memberId);
        if (version >= 4) answer.string(member.instanceId);
        const metadata = member.protocols.find(({ name }) => name === group?.protocol)?.metadata;
        answer.string(member.clientId).string(member.clientHost);
        answer.bytes(metadata ?? Buffer.alloc(0)).bytes(member.assignment);
      });
      if (version >= 3) answer.int32(unknownOperations);
    });
  },
};
