import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, expect, test } from 'vitest';
import { isConnectionRefused } from '../../../scripts/cli/failure.ts';
import { environmentIn, localStackVariables, stackIsDown } from '../../../scripts/cli/local-stack.ts';

const root = mkdtempSync(join(tmpdir(), 'local-stack-'));
afterAll(() => rmSync(root, { recursive: true }));

test('the environment is found however it is given', () => {
  expect(environmentIn(['--env', 'local', 'flights'])).toBe('local');
  expect(environmentIn(['flights', '--env=dev'])).toBe('dev');
  expect(environmentIn(['flights'])).toBeUndefined();
});

test('without a stack and without variables, both are named', () => {
  expect(() => localStackVariables(root, {})).toThrow(
    'expected npm start to be up, or ALLUVIUM_LAKE_BUCKET, ALLUVIUM_LEDGER_TABLE and ALLUVIUM_DELTA_LOG_TABLE to be set: found no .local/endpoints.json',
  );
});

test('the stack that is up says where everything is, with credentials that are nobody’s', () => {
  mkdirSync(join(root, '.local'));
  const endpoints = {
    region: 'us-east-1',
    s3: 'http://127.0.0.1:1',
    dynamodb: 'http://127.0.0.1:2',
    stepfunctions: 'http://127.0.0.1:3',
    kinesis: 'http://127.0.0.1:4',
    lambda: 'http://127.0.0.1:5',
    kafka: '127.0.0.1:6',
    lakeBucket: 'lake',
    ledgerTable: 'ledger',
    deltaLogTable: 'delta_log',
  };
  writeFileSync(join(root, '.local/endpoints.json'), JSON.stringify(endpoints));
  expect(localStackVariables(root, { AWS_ACCESS_KEY_ID: 'somebody' })).toEqual({
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
    AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:2',
    AWS_ENDPOINT_URL_SFN: 'http://127.0.0.1:3',
    AWS_ENDPOINT_URL_KINESIS: 'http://127.0.0.1:4',
    AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:5',
    ALLUVIUM_KAFKA_BROKERS: '127.0.0.1:6',
    ALLUVIUM_LAKE_BUCKET: 'lake',
    ALLUVIUM_LEDGER_TABLE: 'ledger',
    ALLUVIUM_DELTA_LOG_TABLE: 'delta_log',
  });
});

test('who says by variables what to work on has said it all', () => {
  expect(localStackVariables(root, { ALLUVIUM_LAKE_BUCKET: 'mine' })).toEqual({});
});

test('where nobody listens, the stack is said to be down', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.close();
  await once(server, 'close');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  const error = await client.send(new ListBucketsCommand()).catch((failure: Error) => failure);
  client.destroy();
  expect(isConnectionRefused(new Error('wrapped', { cause: error }))).toBe(true);
  expect(isConnectionRefused(new Error('other'))).toBe(false);
  expect(stackIsDown(error).message).toBe(
    'expected npm start to be up: .local/endpoints.json is of a run that has ended',
  );
});
