import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';
import { synthesise } from '../support/synthesised.ts';

const streamArn = 'arn:aws:kinesis:eu-central-1:210987654321:stream/prices';
const settings = `
region: eu-central-1
sources: { prices: { kinesis: { streamArn: "${streamArn}" }, table: prices } }
tables: { prices: {} }
`;

test('F1 a Kinesis stream of another account is read by its ARN and appended to a Delta table, in order', async () => {
  const world = await lakeWorld(settings);
  const trade = (price: number, partition: number) => ({
    key: 'ACME',
    partition,
    value: { event_time: `2026-11-21T12:00:0${price}Z`, ticker: 'ACME', price },
  });
  await world.push('prices', [trade(1, 0), trade(2, 1), trade(3, 0)]);
  await world.commit();
  await world.push('prices', [trade(4, 1)]);
  await world.commit();
  const rows = await world.rows('prices');
  expect(rows.map(({ price }) => price)).toEqual([1, 2, 3, 4]);
  expect(await world.rows('prices', 0)).toHaveLength(3);

  const { ofType } = synthesise(world.settings);
  expect(ofType('AWS::Kinesis::Stream')).toEqual([]);
  const [mapping] = ofType('AWS::Lambda::EventSourceMapping');
  expect(mapping?.Properties.EventSourceArn).toBe(streamArn);
});
