import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamodbLedger, dynamodbLedgerStore } from '#adapters/aws/dynamodb-ledger.ts';
import { ledgerKey } from '#contract/ledger-items.ts';
import { type DynamodbServer, type Interference, startDynamodb } from '../../../../scripts/local/dynamodb/server.ts';
import { transactionCanceled } from '../../../../scripts/local/dynamodb/transactions.ts';
import { ledgerContract } from '../../../support/ledger-contract.ts';
import { createLedgerTable, takeLease } from '../../../support/ledger-table.ts';
import { manifest, manifestRange, stagedFile } from '../../../support/manifests.ts';

const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
let server: DynamodbServer;
let client: DynamoDBClient;
let interfere: (operation: string) => Interference | undefined = () => undefined;
let tables = 0;

beforeAll(async () => {
  server = await startDynamodb({ port: 0, root: folder, interfere: (operation) => interfere(operation) });
  client = new DynamoDBClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await server.close();
  rmSync(folder, { recursive: true });
});

async function createTable(name = `ledger-${++tables}`): Promise<string> {
  await createLedgerTable(client, name);
  return name;
}

ledgerContract('the ledger in DynamoDB', async () => {
  const name = await createTable();
  return {
    ledger: dynamodbLedger(client, name),
    store: dynamodbLedgerStore(client, name),
    takeLease: (tableId, owner, expiresAtS) => takeLease(client, name, { tableId, owner, expiresAtS }),
  };
});

describe('the ledger in DynamoDB', () => {
  const move = {
    sourcePartition: 'clicks/0',
    expectedRevision: 0,
    next: { position: '5', ordinals: {}, floors: {}, greatestTimestampMs: 1, batchEnds: [] },
  };

  const clicks = {
    tableId: 't1',
    tableName: 'clicks',
    incarnation: 'incarnation-1',
    schemaString: '{"type":"struct","fields":[]}',
    schemaVersion: 1,
    partitionColumns: [],
  };

  test('a copy in another physical table answers another id, and keeps it', async () => {
    const name = await createTable();
    const first = await dynamodbLedger(client, name).id();
    expect(await dynamodbLedger(client, name).id()).toBe(first);
    const { Items: backup = [] } = await client.send(new ScanCommand({ TableName: name }));
    expect(backup.map((item) => item.pk?.S)).toEqual([ledgerKey.pk]);

    await client.send(new DeleteTableCommand({ TableName: name }));
    await createTable(name);
    for (const Item of backup) await client.send(new PutItemCommand({ TableName: name, Item }));
    const ids = await Promise.all([1, 2, 3].map(() => dynamodbLedger(client, name).id()));
    expect(ids[0]).not.toBe(first);
    expect(new Set(ids).size).toBe(1);
  });

  test('a transaction whose answer is lost is unknown, and has taken effect', async () => {
    const ledger = dynamodbLedger(client, await createTable());
    interfere = (operation) => (operation === 'TransactWriteItems' ? 'loseAnswer' : undefined);
    try {
      expect(await ledger.stage({ moves: [move], manifests: [manifest([manifestRange(1)])] })).toBe('unknown');
    } finally {
      interfere = () => undefined;
    }
    expect((await ledger.readCursor('clicks/0'))?.position).toBe('5');
    expect(await ledger.manifestsOf('t1')).toHaveLength(1);
  });

  test.each(['ThrottlingError', 'TransactionConflict'] as const)(
    'a transaction that %s cancels is sent again as it is, and is unknown where that does not pass',
    async (Code) => {
      const ledger = dynamodbLedger(client, await createTable());
      const transaction = { moves: [move], manifests: [manifest([manifestRange(1)])] };
      let cancelled = 0;
      interfere = () => (cancelled++ < 2 ? { refuse: transactionCanceled([{ Code }]) } : undefined);
      try {
        expect(await ledger.stage(transaction)).toBe('staged');
        cancelled = Number.NEGATIVE_INFINITY;
        expect(await ledger.stage(transaction)).toBe('unknown');
      } finally {
        interfere = () => undefined;
      }
      expect(await ledger.stage(transaction)).toBe('refused');
    },
  );

  test('deaths elsewhere are not those of a record, at whichever request its first attempt ends', async () => {
    for (const end of [1, 2, 3]) {
      const ledger = dynamodbLedger(client, await createTable());
      for (let death = 0; death < 3; death++) {
        await ledger.beginAttempt('clicks/0', '5');
        await ledger.beginLoneAttempt('clicks/0', '5');
      }
      const first = async () => {
        await ledger.beginAttempt('clicks/0', '9');
        await ledger.beginLoneAttempt('clicks/0', '9');
      };
      let asked = 0;
      interfere = () => (++asked === end ? 'loseAnswer' : undefined);
      try {
        await first().catch(() => undefined);
      } finally {
        interfere = () => undefined;
      }
      expect((await ledger.beginAttempt('clicks/0', '9')).attempts).toBeLessThanOrEqual(2);
      expect(await ledger.beginLoneAttempt('clicks/0', '9')).toBeLessThanOrEqual(2);
    }
  });

  test('the id that belongs to a name is asked for once', async () => {
    const ledger = dynamodbLedger(client, await createTable());
    expect(await ledger.tableNamed('clicks')).toBeUndefined();
    await ledger.createTable(clicks);
    expect(await ledger.tableNamed('clicks')).toEqual(clicks);
    const asked: string[] = [];
    interfere = (operation) => {
      asked.push(operation);
      return undefined;
    };
    try {
      expect(await ledger.tableNamed('clicks')).toEqual(clicks);
    } finally {
      interfere = () => undefined;
    }
    expect(asked).toEqual(['GetItem']);
  });

  test('a manifest of one file takes about a kilobyte', async () => {
    const name = await createTable();
    const ledger = dynamodbLedger(client, name);
    const columns = Array.from({ length: 16 }, (_, index) => `column_${index}`);
    const values = Object.fromEntries(columns.map((column, index) => [column, `value ${index * 7919}`]));
    const counts = Object.fromEntries(columns.map((column) => [column, 0]));
    const stats = JSON.stringify({ numRecords: 4800, minValues: values, maxValues: values, nullCount: counts });
    await ledger.stage({
      moves: [],
      manifests: [
        manifest([manifestRange(1)], {
          files: [stagedFile('part-0f8fad5b-d9cb-469f-a165-70867728950e.parquet', { stats })],
        }),
      ],
    });
    const { Items: [item] = [] } = await client.send(new ScanCommand({ TableName: name }));
    expect(item?.body?.B?.length).toBeLessThan(1_000);
  });
});
