import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { capacityFacts } from './dynamodb-capacity.ts';
import { conditionFacts } from './dynamodb-conditions.ts';
import { itemFacts } from './dynamodb-items.ts';
import { dynamodbProbe, type Fact } from './dynamodb-probe.ts';
import { queryFacts } from './dynamodb-queries.ts';
import { streamFacts } from './dynamodb-streams.ts';
import { tableFacts } from './dynamodb-tables.ts';
import { timeToLiveFacts } from './dynamodb-time-to-live.ts';
import { transactionFacts } from './dynamodb-transactions.ts';
import { updateFacts } from './dynamodb-updates.ts';

export interface DynamodbUnderTest {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** Facts that a server lacks, by the case's name, with the reason; each must fail there, so that a mended gap is seen. */
export type DynamodbGaps = Readonly<Record<string, string>>;

/**
 * What the ledger trusts DynamoDB to do, through the real SDK. Runs unchanged against any server.
 * @param start called once; the server is the caller's to stop
 */
export function dynamodbConformance(
  title: string,
  start: () => Promise<DynamodbUnderTest>,
  gaps: DynamodbGaps = {},
): void {
  describe(title, () => {
    const TableName = `Conformance${Date.now().toString(36)}`;
    let client: DynamoDBClient;
    let streams: DynamoDBStreamsClient;

    const fact: Fact = (name, run) => {
      if (name in gaps) it.fails(`${name} (not here: ${gaps[name]})`, run);
      else it(name, run);
    };
    const probe = dynamodbProbe(
      TableName,
      () => client,
      () => streams,
    );

    beforeAll(async () => {
      const { endpoint, credentials } = await start();
      const config = { endpoint, credentials, region: 'us-east-1', maxAttempts: 1 };
      client = new DynamoDBClient(config);
      streams = new DynamoDBStreamsClient(config);
      await client.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          AttributeDefinitions: [
            { AttributeName: 'pk', AttributeType: 'S' },
            { AttributeName: 'sk', AttributeType: 'N' },
          ],
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
        }),
      );
      await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1 }, { TableName });
    });
    afterAll(() => {
      client?.destroy();
      streams?.destroy();
    });

    describe('tables', () => tableFacts(probe, fact));
    describe('items', () => itemFacts(probe, fact));
    describe('conditions', () => conditionFacts(probe, fact));
    describe('update expressions', () => updateFacts(probe, fact));
    describe('queries', () => queryFacts(probe, fact));
    describe('transactions', () => transactionFacts(probe, fact));
    describe('capacity', () => capacityFacts(probe, fact));
    describe('streams', () => streamFacts(probe, fact));
    describe('time to live', () => timeToLiveFacts(probe, fact));
  });
}
