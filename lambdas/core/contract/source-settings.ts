import { z } from 'zod';
import { duration } from './duration.ts';

/** Names of sources and tables: they become appIds, item keys and S3 folders, so `/`, `#` and case play are kept out. */
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}$/, 'expected a lower-case name of letters, digits, _ and -, 63 characters at most');

/** Where a source is first read: the oldest record kept, the newest, or an instant (ISO 8601 with zone). */
const startingPosition = z.union([
  z.enum(['TRIM_HORIZON', 'LATEST']),
  z.strictObject({ timestamp: z.iso.datetime({ offset: true }) }),
]);

const kinesis = z
  .strictObject({
    /** An existing stream, in this or another region or account. Without it the stack makes one. */
    streamArn: z
      .string()
      .regex(/^arn:aws[\w-]*:kinesis:/, 'expected the ARN of a Kinesis stream')
      .optional(),
    /** Shards of a stream that the stack makes; `onDemand` lets Kinesis decide. */
    shards: z.union([z.int().min(1).max(500), z.literal('onDemand')]).default('onDemand'),
    /** How long a stream that the stack makes keeps records: 24h to 365d. */
    retention: duration.prefault('7d'),
  })
  .transform(({ retention, ...rest }) => ({ kind: 'kinesis' as const, ...rest, retentionMs: retention }));

const kafka = z
  .strictObject({
    /** A cluster named under `clusters`. */
    cluster: name,
    topic: z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, 'expected a Kafka topic name'),
    /** Partitions of a topic that the local broker makes; a real cluster's topics are its owner's. */
    partitions: z.int().min(1).max(1000).default(1),
    consumerGroup: z.string().min(1).max(200).optional(),
    /** Provisioned pollers (the default), or `onDemand`, which throws instead of partial responses. */
    pollers: z
      .union([
        z.literal('onDemand'),
        z.strictObject({ minimum: z.int().min(1).max(200), maximum: z.int().min(1).max(2000) }),
      ])
      .prefault({ minimum: 1, maximum: 2 }),
  })
  .transform((value) => ({ kind: 'kafka' as const, ...value }));

/** How many records one invocation gets: whichever of count, 6 MB or window is reached first. */
const batch = z
  .strictObject({
    maxRecords: z.int().min(1).max(10_000).default(10_000),
    window: duration.prefault('1s'),
  })
  .transform(({ window, ...rest }) => ({ ...rest, windowMs: window }));

/** One source of records. Exactly one of `kinesis` and `kafka`; `table` is its route. */
export const sourceSettings = z
  .strictObject({
    kinesis: kinesis.optional(),
    kafka: kafka.optional(),
    /** The table that this source's records go to. */
    table: name,
    format: z.literal('json').default('json'),
    /** What becomes of a record without a value: dropped and counted, a dead letter, or a row of nulls. */
    tombstones: z.enum(['drop', 'deadLetter', 'row']).default('drop'),
    startingPosition: startingPosition.default('TRIM_HORIZON'),
    batch: batch.prefault({}),
    /** False stops the mapping and keeps everything else: the safe step before a source is removed. */
    enabled: z.boolean().default(true),
  })
  .superRefine((value, context) => {
    if ((value.kinesis === undefined) === (value.kafka === undefined)) {
      context.addIssue({ code: 'custom', message: 'expected exactly one of kinesis and kafka' });
    }
  })
  .transform(({ kinesis: stream, kafka: topic, ...rest }) => ({
    ...rest,
    origin: (stream ?? topic) as KinesisOrigin | KafkaOrigin,
  }));

export type KinesisOrigin = z.output<typeof kinesis>;
export type KafkaOrigin = z.output<typeof kafka>;
export type SourceSettings = z.output<typeof sourceSettings>;

/** A Kafka cluster: made by the stack (`provisioned`, `serverless`), an existing one by ARN, or self-managed brokers. */
export const clusterSettings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('provisioned'),
    brokers: z.int().min(2).max(30).default(3),
    instanceType: z.string().default('kafka.m7g.large'),
    volumeGiB: z.int().min(1).max(16_384).default(100),
    kafkaVersion: z.string().default('3.9.x'),
  }),
  z.strictObject({ kind: z.literal('serverless') }),
  z.strictObject({
    kind: z.literal('arn'),
    arn: z.string().regex(/^arn:aws[\w-]*:kafka:/, 'expected the ARN of an MSK cluster'),
    /** IAM unless a secret with SASL/SCRAM credentials is named. */
    secretArn: z
      .string()
      .regex(/^arn:aws[\w-]*:secretsmanager:/)
      .optional(),
  }),
  /** Brokers outside MSK; also the broker of the `local` environment. */
  z.strictObject({
    kind: z.literal('selfManaged'),
    bootstrapServers: z.array(z.string().regex(/^[^:\s]+:\d+$/, 'expected host:port')).min(1),
    secretArn: z
      .string()
      .regex(/^arn:aws[\w-]*:secretsmanager:/)
      .optional(),
  }),
]);

export type ClusterSettings = z.output<typeof clusterSettings>;
