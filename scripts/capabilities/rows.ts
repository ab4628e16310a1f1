/** Something that one of the systems that people move from can do, or that their users ask for. */
export interface Capability {
  id: string;
  what: string;
  /** Where it is told of: a page of `docs/` and a heading there. */
  doc: string;
}

const configuration = (heading = 'every-key'): string => `configuration.md#${heading}`;
const architecture = (heading: string): string => `architecture.md#${heading}`;
const moving = (heading: string): string => `moving.md#${heading}`;

/** K: kafka-delta-ingest · D: the Danube Delta Lake sink · F: Flink on managed analytics · P: a Python writer · B: none of them. */
export const capabilities: readonly Capability[] = [
  { id: 'K1', what: 'Partitions of one source are shared by concurrent invocations', doc: architecture('4-ingest') },
  { id: 'K2', what: 'Kafka sources: MSK and self-managed, consumer group', doc: configuration() },
  { id: 'K3', what: 'TLS, client certificates, SASL and IAM for Kafka', doc: configuration() },
  { id: 'K4', what: 'One table for each type of message', doc: configuration('routes') },
  { id: 'K5', what: 'Types let in or left out by patterns', doc: configuration('routes') },
  { id: 'K6', what: 'Tables made at the first record of a type', doc: configuration('routes') },
  { id: 'K7', what: 'Partition columns, filled by transforms too', doc: configuration('transforms') },
  { id: 'K8', what: 'A table of kafka-delta-ingest goes on from its offsets', doc: moving('kafka-delta-ingest') },
  { id: 'K9', what: 'Starting positions for each partition, and seek', doc: configuration('where-reading-begins') },
  {
    id: 'K10',
    what: 'Starting at the oldest record, the newest, or an instant',
    doc: configuration('where-reading-begins'),
  },
  { id: 'K11', what: 'Latency, rows and bytes of a commit; idle sources flush', doc: configuration('small-files') },
  { id: 'K12', what: 'Drain to the end of the source, then stop', doc: configuration('where-reading-begins') },
  { id: 'K13', what: 'No worker counts: memory and a second core are settings', doc: configuration() },
  { id: 'K14', what: 'Transforms by JMESPath, with positions and functions', doc: configuration('transforms') },
  { id: 'K15', what: 'JSON, Avro, Protobuf and MessagePack payloads', doc: configuration('payload-formats') },
  { id: 'K16', what: 'A dead-letter table with transforms', doc: configuration('dead-letters') },
  { id: 'K17', what: 'Checkpoints every so many commits', doc: configuration() },
  { id: 'K18', what: 'Metrics, for Prometheus too', doc: configuration('metrics') },
  { id: 'K19', what: 'Files that the lifecycle expired leave the log', doc: configuration('files-that-expire') },
  { id: 'K20', what: 'Optimize to a target size, of some partitions', doc: configuration('small-files') },
  { id: 'K21', what: 'A log store by DynamoDB items', doc: architecture('5-commit') },
  { id: 'K22', what: 'Any key overridden when templates are made', doc: configuration('commands') },
  {
    id: 'D1',
    what: 'S3, S3-compatible stores, Azure Blob, Google Cloud Storage',
    doc: configuration('where-tables-lie'),
  },
  { id: 'D2', what: 'Declared schemas by the usual type names', doc: 'coercion.md#the-table' },
  { id: 'D3', what: 'Payloads of text, int64 and bytes', doc: configuration('payload-formats') },
  { id: 'D4', what: 'Several topics to several tables', doc: configuration('routes') },
  { id: 'D5', what: 'Batch size and flush interval, for each topic', doc: configuration('small-files') },
  { id: 'D6', what: 'A column of metadata as JSON', doc: configuration('transforms') },
  { id: 'D7', what: 'Structure in the file; variables for names and secrets alone', doc: configuration('commands') },
  { id: 'D8', what: 'Health, metrics, and a stop that loses nothing', doc: configuration('metrics') },
  { id: 'D9', what: 'Over 10,000 events a second', doc: 'performance.md#a-steady-stream' },
  { id: 'D10', what: 'A complete example that runs, and queries of it', doc: moving('look-at-tables') },
  { id: 'F1', what: 'A Kinesis stream, of another account too, in its region', doc: moving('flink-applications') },
  { id: 'F2', what: 'Tables that Flink and Spark write beside it', doc: moving('flink-applications') },
  { id: 'F3', what: 'Event-time windows over a Delta table', doc: architecture('7-windows') },
  { id: 'F4', what: 'The stock ticker', doc: moving('flink-applications') },
  { id: 'P1', what: 'Batches by count and time', doc: moving('a-python-writer') },
  { id: 'P2', what: 'The table of analytics events', doc: moving('a-python-writer') },
  { id: 'P3', what: 'Evolution, time travel, compaction, statistics', doc: moving('a-python-writer') },
  { id: 'P4', what: 'A page to look at tables; queries with real paths', doc: moving('look-at-tables') },
  { id: 'B1', what: 'Exactly once, whatever dies', doc: architecture('4-ingest') },
  { id: 'B2', what: 'Failures isolated by record, in one transaction', doc: architecture('4-ingest') },
  { id: 'B3', what: 'Dead letters with provenance, and replay', doc: configuration('dead-letters') },
  { id: 'B4', what: 'Tables shared with other writers; strays named', doc: architecture('5-commit') },
  { id: 'B5', what: 'Ambiguous commits settled by reading back', doc: architecture('5-commit') },
  { id: 'B6', what: 'Commits in groups, whose cost is flat', doc: architecture('5-commit') },
  { id: 'B7', what: 'Tables of one topic advance alone', doc: configuration('routes') },
  { id: 'B8', what: 'Schema evolution governed in the ledger', doc: configuration('how-tables-change') },
  {
    id: 'B9',
    what: 'Repair with dry run and guard; vacuum spares staged files',
    doc: configuration('files-that-expire'),
  },
  { id: 'B10', what: 'Checkpoints out of the way of commits', doc: architecture('6-tables-looked-after') },
  { id: 'B11', what: 'Positions in are rows, dead letters and drops', doc: architecture('4-ingest') },
  { id: 'B12', what: 'Backpressure when commits lag', doc: 'runbook.md#batches-refused' },
  { id: 'B13', what: 'Windows with watermark and a policy for late data', doc: architecture('7-windows') },
  { id: 'B14', what: 'A Delta library for JavaScript', doc: 'delta-support.md' },
  { id: 'B15', what: 'Tables taken over from kafka-delta-ingest', doc: moving('kafka-delta-ingest') },
  { id: 'B16', what: 'The same infrastructure definition on one machine', doc: architecture('8-one-machine') },
];

/** Rows without which nobody could move here. */
export const isNeeded = (id: string): boolean => /^(K\d+|D[1-9]|P\d+)$/.test(id);
