import type { Api, Call } from '../api.ts';
import { errorCode } from '../error-code.ts';

/** Operations that are not told. */
const unknownOperations = -2_147_483_648;
const partitionsOfNewTopic = 1;

/**
 * Request: [topic]? (null, v0: empty, asks for all) | v4: i8 create missing | v8: i8, i8 tell operations
 * Answer: v3: i32 throttle | [i32 node | host | i32 port | v1: rack?] | v2: cluster id? | v1: i32 controller |
 * [i16 error | topic | v1: i8 internal | [i16 error | i32 partition | i32 leader | v7: i32 leader epoch | [replica] |
 * [in sync] | v5: [offline]] | v8: i32 operations] | v8: i32 operations
 */
export const metadata: Api = {
  key: 3,
  versions: [0, 8],
  handle({ version, broker, request, answer }: Call) {
    const asked = request.nullableArray(() => request.string());
    const all = asked === null || (version === 0 && asked.length === 0);
    const createMissing = version < 4 || request.boolean();
    const names = all ? broker.topics.all.map(({ name }) => name) : asked;
    const nodes = [broker.nodeId];
    if (version >= 3) answer.int32(0);
    answer.array(nodes, (node) => {
      answer.int32(node).string(broker.host).int32(broker.port);
      if (version >= 1) answer.string(null);
    });
    if (version >= 2) answer.string(broker.clusterId);
    if (version >= 1) answer.int32(broker.nodeId);
    answer.array(names, (name) => {
      const missing = broker.topics.get(name) === undefined;
      const outcome =
        missing && createMissing ? broker.topics.create(name, partitionsOfNewTopic, new Map()) : undefined;
      const partitions = broker.topics.get(name)?.partitions;
      const error = partitions ? errorCode.none : (outcome?.error ?? errorCode.unknownTopicOrPartition);
      answer.int16(error).string(name);
      if (version >= 1) answer.boolean(false);
      answer.array([...(partitions ?? []).keys()], (index) => {
        answer.int16(errorCode.none).int32(index).int32(broker.nodeId);
        if (version >= 7) answer.int32(0);
        answer.array(nodes, (node) => answer.int32(node)).array(nodes, (node) => answer.int32(node));
        if (version >= 5) answer.array([], () => {});
      });
      if (version >= 8) answer.int32(unknownOperations);
    });
    if (version >= 8) answer.int32(unknownOperations);
  },
};
