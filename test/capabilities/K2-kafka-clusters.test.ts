import { expect, test } from 'vitest';
import { parseSettings } from '../../lib/settings-file.ts';
import { lakeWorld } from '../support/capability.ts';
import { synthesise } from '../support/synthesised.ts';

const arn = 'arn:aws:kafka:us-east-1:123456789012:cluster/events/11111111-2222-3333-4444-555555555555-1';
const clusters = {
  provisioned: '{ kind: provisioned }',
  serverless: '{ kind: serverless }',
  msk: `{ kind: arn, arn: '${arn}' }`,
  own: "{ kind: selfManaged, bootstrapServers: ['broker-1:9092', 'broker-2:9092'] }",
};
/** Where the mapping of a topic finds its brokers. */
const brokers = {
  provisioned: { EventSourceArn: { Ref: expect.stringMatching(/^Kafkaprovisioned/) } },
  serverless: { EventSourceArn: { Ref: expect.stringMatching(/^Kafkaserverless/) } },
  msk: { EventSourceArn: arn },
  own: { SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['broker-1:9092', 'broker-2:9092'] } } },
};
const names = Object.keys(clusters) as (keyof typeof clusters)[];
const yaml = `
clusters: { ${Object.entries(clusters).map(([name, cluster]) => `${name}: ${cluster}`)} }
sources: { ${names.map((name) => `${name}: { kafka: { cluster: ${name}, topic: orders, consumerGroup: group_of_${name} }, table: ${name} }`)} }
tables: { ${names.map((name) => `${name}: {}`)} }`;
const { ofType } = synthesise(parseSettings(yaml, { file: 'config/test.yaml', environment: 'test' }));
const mappings = ofType('AWS::Lambda::EventSourceMapping').filter(({ Properties }) => 'Topics' in Properties);

test.each(names)('K2 a topic of a cluster of kind %s, read as a group', async (name) => {
  const mapping = mappings.find((found) => JSON.stringify(found).includes(`"ConsumerGroupId":"group_of_${name}"`));
  expect(mapping?.Properties).toMatchObject({ Topics: ['orders'], ...brokers[name] });
  const world = await lakeWorld(yaml);
  await world.push(name, [{ value: { id: 1 } }, { value: { id: 2 }, partition: 1 }]);
  await world.commit();
  expect(await world.rows(name)).toEqual([{ id: 1 }, { id: 2 }]);
});
