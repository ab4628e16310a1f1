import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { serviceError, validationError } from './service-error.ts';
import type { ItemChange, Store } from './store.ts';
import { streamOrder } from './stream-order.ts';
import type { Identity } from './tables.ts';
import type { Item, Message, TableDescription } from './types.ts';

const retentionMs = 24 * 60 * 60 * 1000;
const maxRecords = 1000;
const sequenceDigits = 21;
const shardId = 'shardId-00000000000000000000-00000001';

interface Iterator {
  stream: string;
  /** Records after this one come next. */
  after: number;
}

interface Row {
  sequence: number;
  record: string;
}

const iteratorOf = (iterator: Iterator): string => Buffer.from(JSON.stringify(iterator)).toString('base64');
const sequenceText = (sequence: number): string => String(sequence).padStart(sequenceDigits, '0');

/** Who deletes items whose time is up, as the records of such deletions say. */
export const timeToLiveService = { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' };

/** dynalite's items have no prototypes and those read back have, so they are compared as JSON has them. */
const isSameItem = (before: Item | undefined, after: Item | undefined): boolean =>
  after !== undefined && isDeepStrictEqual(before, JSON.parse(JSON.stringify(after)));

/**
 * Streams of the tables: one shard each, records as `streamOrder` has them, kept for a day. A record is written in the
 * very transaction that changes its item.
 */
export function openStreams(store: Store, { region }: Identity, now: () => number) {
  store.database.exec(`
    CREATE TABLE IF NOT EXISTS streamRecord (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, createdMs INTEGER NOT NULL, record TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS streamRecordByStream ON streamRecord (stream, sequence);
    CREATE TABLE IF NOT EXISTS stream (arn TEXT PRIMARY KEY, tableName TEXT NOT NULL, description TEXT NOT NULL);
  `);
  const insert = store.database.prepare('INSERT INTO streamRecord VALUES (?, ?, ?, ?)');
  const after = store.database.prepare(
    'SELECT sequence, record FROM streamRecord WHERE stream = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?',
  );
  const last = store.database.prepare("SELECT seq AS sequence FROM sqlite_sequence WHERE name = 'streamRecord'").get();
  const first = store.database.prepare('SELECT min(sequence) AS sequence FROM streamRecord WHERE stream = ?');
  const trim = store.database.prepare('DELETE FROM streamRecord WHERE createdMs < ?');
  const remember = store.database.prepare('INSERT OR IGNORE INTO stream VALUES (?, ?, ?)');
  const recall = store.database.prepare('SELECT description FROM stream WHERE arn = ?');
  const listeners = new Set<(streamArn: string) => void>();
  let changed = new Set<string>();
  let waiting = new Set<string>();
  const order = streamOrder((last as { sequence: number } | undefined)?.sequence ?? 0, () => {
    const arns = waiting;
    waiting = new Set();
    tell(arns);
  });

  function tell(arns: ReadonlySet<string>): void {
    for (const arn of arns) for (const listener of listeners) listener(arn);
  }
  let identity: typeof timeToLiveService | undefined;

  store.hearItems(({ table, before, after: image }: ItemChange) => {
    const { LatestStreamArn, StreamSpecification } = table;
    if (LatestStreamArn === undefined || StreamSpecification?.StreamViewType === undefined) return;
    if ((before === undefined && image === undefined) || isSameItem(before, image)) return;
    const view = StreamSpecification.StreamViewType;
    const keys: Item = {};
    for (const { AttributeName } of table.KeySchema) keys[AttributeName] = (image ?? before)![AttributeName]!;
    const hasNew = view === 'NEW_IMAGE' || view === 'NEW_AND_OLD_IMAGES';
    const hasOld = view === 'OLD_IMAGE' || view === 'NEW_AND_OLD_IMAGES';
    const dynamodb = {
      ApproximateCreationDateTime: Math.floor(now() / 1000),
      Keys: keys,
      ...(hasNew && image !== undefined && { NewImage: image }),
      ...(hasOld && before !== undefined && { OldImage: before }),
      StreamViewType: view,
    };
    const record = {
      eventID: randomUUID().replaceAll('-', ''),
      eventName: before === undefined ? 'INSERT' : image === undefined ? 'REMOVE' : 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: region,
      ...(identity !== undefined && { userIdentity: identity }),
      dynamodb: { ...dynamodb, SizeBytes: JSON.stringify(dynamodb).length },
    };
    keepDescription(table, LatestStreamArn);
    const sequence = order.next(`${table.TableId}/${JSON.stringify(keys)}`);
    insert.run(sequence, LatestStreamArn, now(), JSON.stringify(record));
    changed.add(LatestStreamArn);
  });

  const summary = (table: TableDescription) => ({
    StreamArn: table.LatestStreamArn!,
    TableName: table.TableName,
    StreamLabel: table.LatestStreamLabel!,
  });

  /** A stream outlives its table for as long as its records are kept. */
  function keepDescription(table: TableDescription, arn: string): void {
    const description = {
      ...summary(table),
      KeySchema: table.KeySchema,
      StreamViewType: table.StreamSpecification?.StreamViewType,
    };
    remember.run(arn, table.TableName, JSON.stringify(description));
  }

  function streamOf(arn: unknown): Message {
    const row = recall.get(String(arn)) as { description: string } | undefined;
    if (row !== undefined) return JSON.parse(row.description) as Message;
    for (const name of store.tableNames()) {
      const { description } = store.tableOf(name);
      if (description.LatestStreamArn !== arn) continue;
      store.atomically(() => keepDescription(description, String(arn)));
      return streamOf(arn);
    }
    throw serviceError('ResourceNotFoundException', `Requested resource not found: Stream: ${String(arn)} not found`);
  }

  function startOf(request: Message): number {
    const { ShardIteratorType, SequenceNumber } = request;
    switch (ShardIteratorType) {
      case 'TRIM_HORIZON':
        return 0;
      case 'LATEST':
        return order.readable();
      case 'AT_SEQUENCE_NUMBER':
      case 'AFTER_SEQUENCE_NUMBER': {
        if (!/^\d+$/.test(String(SequenceNumber))) {
          throw validationError(`SequenceNumber ${JSON.stringify(SequenceNumber)}: expected decimal digits`);
        }
        return Number(SequenceNumber) - (ShardIteratorType === 'AT_SEQUENCE_NUMBER' ? 1 : 0);
      }
      default:
        throw validationError(`ShardIteratorType ${JSON.stringify(ShardIteratorType)} is not known`);
    }
  }

  function parseIterator(text: unknown): Iterator {
    try {
      const { stream, after: position } = JSON.parse(Buffer.from(String(text), 'base64').toString()) as Iterator;
      if (typeof stream === 'string' && Number.isSafeInteger(position)) return { stream, after: position };
    } catch {
      // Falls through to the refusal.
    }
    throw validationError(`Invalid ShardIterator: ${JSON.stringify(text)}`);
  }

  const operations = {
    ListStreams(request: Message): Message {
      const streams = store
        .tableNames()
        .map((name) => store.tableOf(name).description)
        .filter(({ LatestStreamArn }) => LatestStreamArn !== undefined)
        .filter(({ TableName }) => request.TableName === undefined || request.TableName === TableName);
      return { Streams: streams.map(summary) };
    },

    DescribeStream(request: Message): Message {
      const arn = String(request.StreamArn);
      const description = streamOf(arn);
      const { sequence } = first.get(arn) as { sequence: number | null };
      const range = { StartingSequenceNumber: sequenceText(sequence ?? 1) };
      const Shards = [{ ShardId: shardId, SequenceNumberRange: range }];
      return { StreamDescription: { ...description, StreamStatus: 'ENABLED', Shards } };
    },

    GetShardIterator(request: Message): Message {
      const stream = String(request.StreamArn);
      streamOf(stream);
      if (request.ShardId !== shardId) {
        throw serviceError(
          'ResourceNotFoundException',
          `Requested resource not found: Shard ${JSON.stringify(request.ShardId)}`,
        );
      }
      return { ShardIterator: iteratorOf({ stream, after: startOf(request) }) };
    },

    GetRecords(request: Message): Message {
      const { stream, after: position } = parseIterator(request.ShardIterator);
      const limit = Number(request.Limit ?? maxRecords);
      if (!Number.isInteger(limit) || limit < 1 || limit > maxRecords) {
        throw validationError(`Limit ${JSON.stringify(request.Limit)}: expected an integer from 1 to ${maxRecords}`);
      }
      const rows = after.all(stream, position, order.readable(), limit) as unknown as Row[];
      const Records = rows.map(({ sequence, record }) => {
        const parsed = JSON.parse(record) as { dynamodb: Message };
        return { ...parsed, dynamodb: { ...parsed.dynamodb, SequenceNumber: sequenceText(sequence) } };
      });
      return { Records, NextShardIterator: iteratorOf({ stream, after: rows.at(-1)?.sequence ?? position }) };
    },
  };

  return {
    operations,
    /** Runs `act`, whose changes say that this service made them. */
    as<T>(service: typeof timeToLiveService, act: () => T): T {
      identity = service;
      try {
        return act();
      } finally {
        identity = undefined;
      }
    },
    /** A request is over: tells listeners of what it has changed. */
    announce(): void {
      order.endRequest();
      if (changed.size === 0) return;
      const arns = changed;
      changed = new Set();
      for (const arn of arns) waiting.add(arn);
      tell(arns);
    },
    onChange(listener: (streamArn: string) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    trim: () => trim.run(now() - retentionMs),
  };
}

export type Streams = ReturnType<typeof openStreams>;
