import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LakeFunction, startLakeFunction } from '../../support/lake-function.ts';
import { manifest, manifestRange } from '../../support/manifests.ts';

const started: { stateMachineArn: string; input: string }[] = [];
let machines: Server;
let sweep: LakeFunction<object, void>;

beforeAll(async () => {
  machines = createServer(async (request, response) => {
    started.push((await json(request)) as (typeof started)[number]);
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end('{"executionArn":"arn:aws:states:us-east-1:000000000000:execution:commit:1","startDate":1700000000}');
  }).listen(0, '127.0.0.1');
  await once(machines, 'listening');
  sweep = await startLakeFunction('sweep', {
    AWS_ENDPOINT_URL_SFN: `http://127.0.0.1:${(machines.address() as AddressInfo).port}`,
    ALLUVIUM_COMMIT_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:commit',
  });
});
afterAll(async () => {
  await sweep.close();
  machines.closeAllConnections();
  machines.close();
});

test('the commit machine is started for tables with something due, and for no others', async () => {
  await sweep.handler({});
  expect(started).toEqual([]);
  await sweep.ledger.stage({ moves: [], manifests: [manifest([manifestRange(1)])] });
  await sweep.handler({});
  expect(started.map(({ stateMachineArn, input }) => [stateMachineArn, JSON.parse(input)])).toEqual([
    ['arn:aws:states:us-east-1:000000000000:stateMachine:commit', [{ pk: 'manifest#t1#00', at: expect.any(Number) }]],
  ]);
});
