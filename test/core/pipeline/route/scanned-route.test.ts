import { expect, test } from 'vitest';
import { record, routedWorld } from '../../../support/ingest.ts';
import { parsingEngines } from '../../../support/parsing-engines.ts';

const payloads = [
  '{"type":"a","id":1}',
  '{"id":2,"meta":{"kind":"x","deep":[{"type":"no"}]},"type":"a"}',
  '{"type":"\\u0041\\u0062","id":3}',
  '{"type":7,"id":4}',
  '{"type":true,"id":5}',
  '{"type":null,"id":6}',
  '{"id":7}',
  '{"type":{"a":1},"id":8}',
  '{"type":"a","type":"b","id":9}',
  '{"type":"a","id":10',
  '{"typ\\u0065":"a","id":11}',
  '{"Type":"a","id":12}',
  '  {"type" : "a" , "id" : 13 }  ',
  '[]',
  '{"meta":[],"type":"a","id":15}',
  '{"type":"größe","id":16}',
  '{"type":"","id":17}',
  `{${Array.from({ length: 600 }, (_, index) => `"n${index}":${index}`).join()},"type":"wide","id":18}`,
];

async function outcome(by: Record<string, string>, engines?: ReturnType<typeof parsingEngines>) {
  const world = routedWorld(
    { events: { evolution: 'deadLetter', schema: [{ name: 'id', type: 'long' }] }, 'events*': {} },
    {
      route: {
        table: `events_${Object.keys(by)
          .map((name) => `{${name}}`)
          .join('-')}`,
        by,
      },
    },
  );
  if (engines !== undefined) world.ports.engines = engines;
  await world.ingest(payloads.map((payload, index) => record(index, payload)));
  const tables = [...world.ledger.items.tables.values()].map(({ tableName }) => tableName).sort();
  const rows: Record<string, unknown> = {};
  for (const table of tables) {
    rows[table] = (await world.rows(table)).map(({ id, _position, error, message }) => [id, _position, error, message]);
  }
  return rows;
}

test.each([[{ type: 'type' }], [{ kind: 'meta.kind' }], [{ type: 'type', topic: 'kafka.topic', fixed: "'x'" }]])(
  'scanned or parsed, records go the same way by %j',
  async (by) => {
    const scanned = await outcome(by);
    expect(scanned).toEqual(await outcome(by, parsingEngines()));
    expect(Object.keys(scanned)).toContain('dead_letters');
  },
);
