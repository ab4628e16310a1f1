import { randomUUID } from 'node:crypto';
import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';
import type { JoinAnswer } from '../group.ts';
import type { WireWriter } from '../wire.ts';

/**
 * Request: group | i32 session timeout | v1: i32 rebalance timeout | member | v5: instance? | protocol type |
 * [protocol | metadata]
 * Answer: v2: i32 throttle | i16 error | i32 generation | protocol | leader | member | [member | v5: instance? | metadata]
 */
export const joinGroup: Api = {
  key: 11,
  versions: [0, 5],
  async handle({ version, broker, request, answer, clientId, clientHost }: Call) {
    const groupId = request.string();
    const sessionTimeoutMs = request.int32();
    const rebalanceTimeoutMs = version >= 1 ? request.int32() : sessionTimeoutMs;
    const memberId = request.string();
    const instanceId = version >= 5 ? request.nullableString() : null;
    const protocolType = request.string();
    const protocols = request.array(() => ({ name: request.string(), metadata: Buffer.from(request.bytes()) }));

    const group = broker.groups.getOrCreate(groupId);
    const newMemberId = (): string => `${clientId}-${randomUUID()}`;
    const refuse = (error: number, id: string): void =>
      write(answer, version, { error, generation: -1, protocol: '', leader: '', memberId: id, members: [] });

    if (memberId === '' && version >= 4 && instanceId === null) {
      const id = newMemberId();
      broker.expectMember(id, sessionTimeoutMs);
      return refuse(errorCode.memberIdRequired, id);
    }
    const expected = broker.takeExpectedMember(memberId) || group.members.has(memberId);
    if (memberId !== '' && !expected) return refuse(errorCode.unknownMemberId, memberId);
    const joined = await group.join(
      { memberId, instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocolType, protocols },
      newMemberId,
    );
    write(answer, version, joined);
  },
};

function write(answer: WireWriter, version: number, joined: Omit<JoinAnswer, 'error'> & { error: number }): void {
  if (version >= 2) answer.int32(0);
  answer.int16(joined.error).int32(joined.generation).string(joined.protocol).string(joined.leader);
  answer.string(joined.memberId).array(joined.members, ({ memberId, instanceId, metadata }) => {
    answer.string(memberId);
    if (version >= 5) answer.string(instanceId);
    answer.bytes(metadata);
  });
}
