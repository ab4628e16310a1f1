import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';

const ofGroup = 0;

/**
 * Request: key | v1: i8 kind (0 group, 1 transaction)
 * Answer: v1: i32 throttle | i16 error | v1: message? | i32 node | host | i32 port
 */
export const findCoordinator: Api = {
  key: 10,
  versions: [0, 2],
  handle({ version, broker, request, answer }: Call) {
    request.string();
    const forGroup = version === 0 || request.int8() === ofGroup;
    if (version >= 1) answer.int32(0);
    answer.int16(forGroup ? errorCode.none : errorCode.invalidRequest);
    if (version >= 1) answer.string(forGroup ? null : 'transactions are not offered by this broker');
    if (forGroup) answer.int32(broker.nodeId).string(broker.host).int32(broker.port);
    else answer.int32(-1).string('').int32(-1);
  },
};
