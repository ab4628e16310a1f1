import type { KafkaServer } from '../kafka/start-kafka.ts';
import type { TopicReader } from '../mappings/source-reader.ts';

const scanBytes = 4 * 1024 * 1024;

/** The local broker as mappings read it: in this process, not by the wire. */
export function topicReader(kafka: KafkaServer): TopicReader {
  return {
    bootstrapServers: kafka.bootstrap,
    partitions: (topic) => kafka.offsets(topic).map(({ start, end }, partition) => ({ partition, start, end })),
    read: (topic, partition, offset, limit, maxBytes) =>
      kafka
        .readBatch(topic, partition, offset, maxBytes)
        .slice(0, limit)
        .map(({ headers, ...record }) => ({
          ...record,
          topic,
          partition,
          timestampType: 'CREATE_TIME',
          headers: headers.map(({ key, value }) => ({ name: key, value })),
        })),
    offsetAt(topic, partition, timeMs) {
      const { start, end } = kafka.offsets(topic)[partition]!;
      for (let offset = start; offset < end; ) {
        const records = kafka.readBatch(topic, partition, offset, scanBytes);
        const found = records.find((record) => record.timestampMs >= timeMs);
        if (found !== undefined) return found.offset;
        if (records.length === 0) return undefined;
        offset = records.at(-1)!.offset + 1;
      }
      return undefined;
    },
    committed: (group, topic, partition) => kafka.committedOffset(group, topic, partition),
    commit(group, topic, offsets) {
      for (const { partition, offset } of offsets) kafka.commitOffset(group, topic, partition, offset);
    },
  };
}
