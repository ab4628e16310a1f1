import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamodbServer } from '../dynamodb/server.ts';
import type { ChangeReader, ChangeRecord } from '../pipes/change-reader.ts';

/** JSON as the API writes it: dates as epoch seconds, bytes in base64. */
function jsonOf({ eventID, eventName, dynamodb }: StreamRecord): ChangeRecord {
  const { ApproximateCreationDateTime: created, ...rest } = dynamodb!;
  const text = JSON.stringify({ eventID, eventName, dynamodb: rest }, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
  const record = JSON.parse(text) as ChangeRecord;
  record.dynamodb.ApproximateCreationDateTime = (created?.getTime() ?? 0) / 1000;
  return record;
}

/** The stream of a table, which has one shard on this machine, by DynamoDB's streams API; the server tells when to look. */
export async function streamChanges(
  client: DynamoDBStreamsClient,
  server: DynamodbServer,
  tableName: string,
): Promise<ChangeReader> {
  const { Streams = [] } = await client.send(new ListStreamsCommand({ TableName: tableName }));
  const streamArn = Streams[0]?.StreamArn;
  if (streamArn === undefined) throw new Error(`expected table ${tableName} to have a stream, it has none`);
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn: streamArn }));
  const shardId = StreamDescription!.Shards![0]!.ShardId;
  let iterator: string | undefined;
  let behind: string | undefined;

  const iteratorAfter = async (sequenceNumber: string | undefined): Promise<string> => {
    const start =
      sequenceNumber === undefined
        ? ({ ShardIteratorType: 'TRIM_HORIZON' } as const)
        : ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: sequenceNumber } as const);
    const command = new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shardId, ...start });
    return (await client.send(command)).ShardIterator!;
  };

  return {
    async changesAfter(sequenceNumber) {
      if (iterator === undefined || sequenceNumber !== behind) iterator = await iteratorAfter(sequenceNumber);
      const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
      iterator = NextShardIterator;
      behind = Records.at(-1)?.dynamodb?.SequenceNumber ?? sequenceNumber;
      return Records.map(jsonOf);
    },
    nextChange: (waitMs, signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          stopListening();
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, Math.max(0, waitMs));
        const stopListening = server.onChange((changed) => {
          if (changed === streamArn) done();
        });
        if (signal.aborted) done();
        else signal.addEventListener('abort', done);
      }),
  };
}
