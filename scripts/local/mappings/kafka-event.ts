import { type Entry, entryOf, identifierOf, itemFailures, type Verdict } from './entry.ts';

export interface KafkaRecord {
  topic: string;
  partition: number;
  offset: number;
  timestampMs: number;
  timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  key: Buffer | null;
  value: Buffer | null;
  headers: { name: string; value: Buffer | null }[];
}

export interface KafkaEventContext {
  eventSource: 'SelfManagedKafka' | 'aws:kafka';
  clusterArn?: string;
  bootstrapServers: string;
}

const partitionName = ({ topic, partition }: KafkaRecord): string => `${topic}-${partition}`;

/** A record without key or value has no such property, as in Lambda's events. */
export function kafkaEntry(record: KafkaRecord): Entry<KafkaRecord> {
  const json = JSON.stringify({
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestamp: record.timestampMs,
    timestampType: record.timestampType,
    key: record.key?.toString('base64'),
    value: record.value?.toString('base64'),
    headers: record.headers.map(({ name, value }) => ({ [name]: value === null ? null : [...value] })),
  });
  return entryOf(record, json, record.timestampMs);
}

function envelope({ eventSource, clusterArn, bootstrapServers }: KafkaEventContext): string {
  const parts = { eventSource, ...(clusterArn === undefined ? {} : { eventSourceArn: clusterArn }), bootstrapServers };
  return `${JSON.stringify(parts).slice(0, -1)},"records":{`;
}

/** Bytes of an event around its records, for as many partitions of a topic. */
export const kafkaEnvelopeBytes = (context: KafkaEventContext, topic: string, partitions: number): number =>
  Buffer.byteLength(envelope(context)) + 2 + partitions * (topic.length + '"-1234":[],'.length);

export function kafkaEvent(entries: readonly Entry<KafkaRecord>[], context: KafkaEventContext): string {
  const groups = Map.groupBy(entries, ({ record }) => partitionName(record));
  const partitions = [...groups].map(
    ([name, members]) => `${JSON.stringify(name)}:[${members.map(({ json }) => json).join(',')}]`,
  );
  return `${envelope(context)}${partitions.join(',')}}}`;
}

interface FailedItem {
  partition: string;
  offset: number;
}

const isFailedItem = (identifier: unknown): identifier is FailedItem =>
  typeof identifier === 'object' &&
  identifier !== null &&
  'partition' in identifier &&
  typeof identifier.partition === 'string' &&
  'offset' in identifier &&
  typeof identifier.offset === 'number';

/**
 * What an answer with `ReportBatchItemFailures` leaves to be done: of each partition that it names, everything from the
 * lowest offset named. An identifier that is not of this batch means the whole batch.
 */
export function kafkaVerdict(entries: Entry<KafkaRecord>[], payload: string): Verdict<KafkaRecord> {
  const failures = itemFailures(payload);
  if (failures === undefined || failures.length === 0) return { kind: 'done' };
  const known = new Set(entries.map(({ record }) => `${partitionName(record)}@${record.offset}`));
  const firstFailed = new Map<string, number>();
  for (const failure of failures) {
    const item = identifierOf(failure);
    if (!isFailedItem(item) || !known.has(`${item.partition}@${item.offset}`))
      return { kind: 'again', remaining: entries };
    firstFailed.set(item.partition, Math.min(item.offset, firstFailed.get(item.partition) ?? item.offset));
  }
  const remaining = entries.filter(({ record }) => {
    const first = firstFailed.get(partitionName(record));
    return first !== undefined && record.offset >= first;
  });
  return { kind: 'again', remaining };
}
