import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';
import type { Appended } from '../partition.ts';

/**
 * Request: transactional id? | i16 acks | i32 timeout | [topic | [i32 partition | records: one batch]]
 * Answer: [topic | [i32 partition | i16 error | i64 base offset | i64 append time, -1 | v5: i64 log start |
 * v8: [i32 index | message?] | error message?]] | i32 throttle
 */
export const produce: Api = {
  key: 0,
  versions: [3, 8],
  handle(call: Call) {
    const { version, broker, request, answer } = call;
    request.nullableString();
    const acks = request.int16();
    request.int32();
    const topics = request.array(() => ({
      name: request.string(),
      partitions: request.array(() => ({ index: request.int32(), batch: request.nullableBytes() ?? Buffer.alloc(0) })),
    }));
    const append = (name: string, index: number, batch: Buffer): Appended => {
      const topic = broker.topics.get(name);
      const partition = topic?.partitions[index];
      if (acks !== 0 && acks !== 1 && acks !== -1) {
        return { error: errorCode.invalidRequiredAcks, message: `acks ${acks}: expected 0, 1 or -1` };
      }
      if (topic === undefined || partition === undefined) {
        return { error: errorCode.unknownTopicOrPartition, message: `no partition ${index} of topic ${name}` };
      }
      return partition.append(batch, topic.config['max.message.bytes']);
    };
    answer.array(topics, ({ name, partitions }) => {
      answer.string(name).array(partitions, ({ index, batch }) => {
        const appended = append(name, index, batch);
        const accepted = 'baseOffset' in appended;
        if (accepted) broker.onProduced(name);
        answer
          .int32(index)
          .int16(appended.error)
          .int64(accepted ? appended.baseOffset : -1)
          .int64(-1);
        if (version >= 5) answer.int64(broker.topics.partition(name, index)?.start ?? -1);
        if (version >= 8) answer.array([], () => {}).string(accepted ? null : appended.message);
      });
    });
    answer.int32(0);
    broker.appended();
    call.silent = acks === 0;
  },
};
