import { KinesisClient } from '@aws-sdk/client-kinesis';
import { Kafka, logLevel } from 'kafkajs';
import { deadLetterTable } from '#contract/settings.ts';
import type { AuditedSource } from '../audit/audit.ts';
import type { Endpoints, StreamEndpoint } from '../endpoints.ts';
import { localCredentials } from '../host/clients.ts';
import { readStream } from '../sources/read-stream.ts';
import { readTopic } from '../sources/read-topic.ts';
import type { Producer } from './producer.ts';
import { streamProducer } from './stream-producer.ts';
import { topicProducer } from './topic-producer.ts';

/** A source as producers and auditors reach it: by the clients that anybody would use. */
export interface Feed extends AuditedSource {
  isTopic: boolean;
  openProducer(): Promise<Producer>;
}

/** The feeds of every source, and what closes their clients. */
export function openFeeds(endpoints: Endpoints): { feeds: Feed[]; close: () => void } {
  const connection = { region: endpoints.region, endpoint: endpoints.kinesis, credentials: localCredentials };
  const kinesis = new KinesisClient(connection);
  /** A lost answer must not become a second record: the source is read instead. */
  const putsOnce = new KinesisClient({ ...connection, maxAttempts: 1 });
  const kafka = new Kafka({ clientId: 'alluvium-start', brokers: [endpoints.kafka], logLevel: logLevel.NOTHING });
  const feeds = [
    ...endpoints.streams.filter(isFed).map((stream) => ({
      ...audited(stream),
      isTopic: false,
      read: readStream(kinesis, stream.name),
      openProducer: async () => streamProducer(putsOnce, stream.name),
    })),
    ...endpoints.topics.filter(isFed).map((topic) => ({
      ...audited(topic),
      isTopic: true,
      read: readTopic(kafka, topic.name),
      openProducer: () => topicProducer(kafka, topic.name),
    })),
  ];
  return {
    feeds,
    close: () => {
      kinesis.destroy();
      putsOnce.destroy();
    },
  };
}

type Fed = StreamEndpoint & Required<Pick<StreamEndpoint, 'source' | 'table'>>;
const isFed = <Endpoint extends StreamEndpoint>(endpoint: Endpoint): endpoint is Endpoint & Fed =>
  endpoint.source !== undefined && endpoint.table !== undefined;

const audited = ({
  source,
  table,
  deadLetterTable: letters = deadLetterTable,
  filters = false,
  splits = false,
  tombstones,
}: Fed) => ({
  name: source,
  table,
  deadLetterTable: letters,
  filters,
  splits,
  dropsTombstones: tombstones === 'drop',
});
