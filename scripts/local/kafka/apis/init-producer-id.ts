import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';

/**
 * Request: transactional id? | i32 transaction timeout
 * Answer: i32 throttle | i16 error | i64 producer id | i16 epoch
 */
export const initProducerId: Api = {
  key: 22,
  versions: [0, 1],
  handle({ broker, request, answer }: Call) {
    const transactional = request.nullableString() !== null;
    answer.int32(0);
    if (transactional) answer.int16(errorCode.invalidRequest).int64(-1).int16(-1);
    else answer.int16(errorCode.none).int64(broker.newProducerId()).int16(0);
  },
};
