import type { Api, Call } from '../api.ts';
import { type ErrorCode, errorCode } from '../error-code.ts';
import type { WireWriter } from '../wire.ts';

/**
 * Request: nothing (v3: client name and version, unread)
 * Answer: i16 error | [i16 api | i16 least | i16 greatest] | v1: i32 throttle; from v3 the array's length is a varint plus
 * one, and each item and the whole end in a byte 0 (no tagged fields). The answer's header stays that of version 0.
 */
export const apiVersions = (apis: () => readonly Api[]): Api => ({
  key: 18,
  versions: [0, 3],
  handle: ({ answer, version }: Call) => writeApiVersions(answer, version, apis(), errorCode.none),
});

/** A version this broker does not know is answered as version 0, with an error and the versions it does know. */
export function writeApiVersions(answer: WireWriter, version: number, apis: readonly Api[], error: ErrorCode): void {
  const flexible = version >= 3;
  answer.int16(error);
  if (flexible) answer.int8(apis.length + 1);
  else answer.int32(apis.length);
  for (const { key, versions } of apis) {
    answer.int16(key).int16(versions[0]).int16(versions[1]);
    if (flexible) answer.int8(0);
  }
  if (version >= 1) answer.int32(0);
  if (flexible) answer.int8(0);
}
