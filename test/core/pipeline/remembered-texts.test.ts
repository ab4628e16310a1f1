import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { RouteSettings } from '#contract/route-settings.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import type { StructType } from '#delta/schema.ts';
import type { DecodedRecord } from '#formats/decoded-value.ts';
import { decodeJson } from '#formats/json.ts';
import { structCoercion } from '#pipeline/coerce/coerce-struct.ts';
import { coercionTo } from '#pipeline/coerce/coerce-value.ts';
import { recordRoute } from '#pipeline/route/record-route.ts';
import { record } from '../../support/ingest.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

const payloads = 100;
const payloadBytes = 500_000;

function payload(field: string): DecodedRecord {
  const decoded = decodeJson(Buffer.from(`{${field},"pad":"${'x'.repeat(payloadBytes)}"}`));
  if (decoded.kind !== 'record') throw new Error(decoded.message);
  return decoded.record;
}

/** What is kept once `use` has seen many large payloads, each with a text of its own. */
function keptBytes(use: (index: number) => void): number {
  use(payloads);
  const before = heapBytes();
  for (let index = 0; index < payloads; index++) use(index);
  return heapBytes() - before;
}

const route: RouteSettings = { table: '{type}', by: { type: 'type' }, include: {}, exclude: {}, maxNewTables: 1 };
const origin = { kind: 'kafka', topic: 't' } as unknown as SourceSettings['origin'];

test('routes that are remembered keep no payload in memory', () => {
  const routes = recordRoute(route, { origin }, () => undefined);
  const kept = keptBytes((index) => {
    const text = `some_long_name_of_a_type_${index}`;
    const routed = routes.routeOf(record(index, ''), { record: payload(`"type":"${text}"`) }, 0);
    expect(routed).toEqual({ kind: 'table', tableName: text });
  });
  expect(kept).toBeLessThan((payloads * payloadBytes) / 5);
});

test('names of columns that are remembered keep no payload in memory', () => {
  const names = Array.from({ length: payloads + 1 }, (_, index) => `some_long_name_of_a_field_${index}`);
  const schema: StructType = {
    type: 'struct',
    fields: names.map((name) => ({ name, type: 'long', nullable: true, metadata: {} })),
  };
  const coerce = structCoercion(schema, coercionTo, { ignoreField: () => undefined });
  const kept = keptBytes((index) => {
    expect((coerce(payload(`"${names[index]}":7`)) as unknown[])[index]).toBe(7n);
  });
  expect(kept).toBeLessThan((payloads * payloadBytes) / 5);
});
