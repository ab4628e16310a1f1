import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';

/**
 * Request: group | i32 generation | member | v3: instance? | [member | assignment]
 * Answer: v1: i32 throttle | i16 error | assignment
 */
export const syncGroup: Api = {
  key: 14,
  versions: [0, 3],
  async handle({ version, broker, request, answer }: Call) {
    const group = broker.groups.get(request.string());
    const generation = request.int32();
    const memberId = request.string();
    if (version >= 3) request.nullableString();
    const assignments = new Map(request.array(() => [request.string(), request.bytes()] as const));
    const synced = await group?.sync(memberId, generation, assignments);
    if (version >= 1) answer.int32(0);
    answer.int16(synced?.error ?? errorCode.unknownMemberId).bytes(synced?.assignment ?? Buffer.alloc(0));
  },
};
