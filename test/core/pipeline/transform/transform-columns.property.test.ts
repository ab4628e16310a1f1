import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { settings } from '#contract/settings.ts';
import type { DataType, StructField, StructType } from '#delta/schema.ts';
import { decodeJson } from '#formats/json.ts';
import { rowCoercion } from '#pipeline/coerce/coerce-row.ts';
import { transformed } from '#pipeline/ingest/decode-record.ts';
import type { SourceRecord } from '#pipeline/ingest/source-record.ts';
import { withEpochUnits } from '#pipeline/ingest/table-columns.ts';
import { recordTransforms } from '#pipeline/transform/transform-record.ts';
import { record } from '../../../support/ingest.ts';

const nowMs = 1_700_000_000_123;
const engines = kernelEngines();

const leaf = (name: string, nullable: boolean): StructField => ({ name, type: 'string', nullable, metadata: {} });

const types: Record<string, DataType> = {
  id: 'long',
  name: 'string',
  at: 'timestamp',
  day: 'date',
  ratio: 'double',
  open: 'boolean',
  count: 'integer',
  price: 'decimal(9,2)',
  meta: {
    type: 'struct',
    fields: [
      { name: 'x', type: 'string', nullable: true, metadata: {} },
      { name: 'n', type: 'long', nullable: true, metadata: {} },
      {
        name: 'deep',
        type: { type: 'struct', fields: [leaf('t', true), leaf('u', false)] },
        nullable: true,
        metadata: {},
      },
    ],
  },
  required: 'string',
};

const schema = withEpochUnits(
  {
    type: 'struct',
    fields: Object.entries(types).map(([name, type]) => ({
      ...{ name, type, metadata: {} },
      nullable: name !== 'required',
    })),
  },
  [{ name: 'at', type: 'timestamp', nullable: true, epochUnit: 'milliseconds' }],
);

function compiled(transforms: Record<string, string>, drop: readonly string[] = [], of: StructType = schema) {
  const source = settings.parse({
    clusters: { broker: { kind: 'selfManaged', bootstrapServers: ['127.0.0.1:9092'] } },
    sources: { clicks: { kafka: { cluster: 'broker', topic: 'clicks' }, table: 'clicks', transforms, drop } },
    tables: { clicks: {} },
  }).sources.clicks;
  if (source === undefined) throw new Error('expected the source clicks, got none');
  const found = recordTransforms(source, 'clicks');
  return { transforms: found, plan: found.onColumns(of) };
}

type Row = ColumnValue[] | 'left';

/** Rows as the scan makes them. */
function scanned({ plan }: ReturnType<typeof compiled>, records: readonly SourceRecord[]): Row[] {
  if (plan === undefined) throw new Error('expected transforms that run on columns');
  const engine = engines.take();
  try {
    const payloads = records.map(({ value }) => value);
    const rows = engine.scan(plan.schema, new Set(), payloads, plan.captures);
    plan.finish(rows, records, nowMs);
    const left = new Set(rows.unscanned);
    return records.map((_, row) =>
      left.has(row) ? 'left' : schema.fields.map((_field, column) => rows.value(column, row)),
    );
  } finally {
    engines.give(engine);
  }
}

/** Rows as the parser makes them; the error's name where there is none. */
function parsed({ transforms }: ReturnType<typeof compiled>, records: readonly SourceRecord[]) {
  const rowOf = rowCoercion(schema, false);
  return records.map((own) => {
    const decoded = transformed(own.value && decodeJson(own.value), own, transforms, nowMs);
    const row = decoded.kind === 'failure' ? decoded : rowOf(decoded.payload, own);
    return Array.isArray(row) ? row : row.error;
  });
}

const recordOf = (payload: string, index: number): SourceRecord =>
  record(index + 1, payload, {
    partition: '3',
    key: index % 3 === 0 ? undefined : Buffer.from(`k${index % 5}`),
    headers: [
      ...(index % 2 === 0 ? [{ name: 'kind', value: Buffer.from(`kind ${index % 4}`) }] : []),
      ...(index % 5 === 0 ? [{ name: 'event-type', value: Uint8Array.of(index % 10 === 0 ? 0xff : 0x41) }] : []),
    ],
  });

const path = fc.constantFrom(
  'id',
  'name',
  'at',
  'day',
  'open',
  'meta',
  'meta.x',
  'meta.y.z',
  'other',
  'Name',
  'required',
);
const number = fc.nat({ max: 12 });
const text = fc.oneof(
  fc
    .record({ path, start: number, length: number })
    .map((of) => `substr(${of.path}, \`${of.start}\`, \`${of.length}\`)`),
  fc
    .record({ path, start: number, length: number })
    .map((of) => `${of.path} && substr(${of.path}, \`${of.start}\`, \`${of.length}\`)`),
);
const epoch = fc
  .record({ path, unit: fc.constantFrom('seconds', 'millis', 'micros'), guarded: fc.boolean() })
  .map(({ path: of, unit, guarded }) => `${guarded ? `${of} && ` : ''}epoch_${unit}_to_iso8601(${of})`);
const metadata = fc.constantFrom(
  'kafka.offset',
  'kafka.partition',
  'kafka.topic',
  'kafka.timestamp',
  'kafka.key',
  'kafka.headers.kind',
  'kafka.headers."event-type"',
  'ingest.source',
  'ingest.metadata',
  'schema.name',
);
const constant = fc.constantFrom('`1`', '`2.50`', "'a'", "'2026-01-02'", '`true`', '`null`', "'2026-01-02T03:04:05Z'");

/** Paths whose values mostly fit, and any others. */
const from = (...paths: string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...paths) }, { weight: 1, arbitrary: path });

const byTarget: Record<string, fc.Arbitrary<string>> = {
  id: fc.oneof(
    from('id', 'count'),
    constant,
    metadata,
    from('id', 'count').map((of) => `epoch_millis_to_micro(${of})`),
    from('at', 'name').map((of) => `iso8601_to_epoch_millis(${of})`),
    from('at', 'name').map((of) => `${of} && iso8601_to_epoch_seconds(${of})`),
  ),
  name: fc.oneof(from('name', 'meta.x', 'id'), constant, metadata, epoch, text),
  at: fc.oneof(from('at'), metadata, epoch, text, constant),
  day: fc.oneof(from('day', 'required'), text, fc.constant('substr(required, `0`, `10`)'), constant),
  ratio: fc.oneof(from('ratio', 'id', 'price'), fc.constant('kafka.offset'), constant),
  open: fc.oneof(from('open'), constant),
  count: fc.oneof(from('count'), fc.constant('kafka.partition'), metadata),
  price: fc.oneof(from('price', 'count'), constant, metadata, text),
  meta: from('meta', 'meta.deep'),
  'meta.n': fc.oneof(metadata, fc.constant('`17`'), fc.constant('`null`')),
  'meta.deep.t': fc.oneof(metadata, constant),
  'meta.deep.u': fc.oneof(metadata, fc.constant("'u'")),
  required: fc.oneof(from('required', 'name'), metadata, epoch, text),
  absent: fc.oneof(from('other', 'meta.y.z'), metadata, fc.constant('other && substr(other, `0`, `1`)')),
};

const json = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('"2026-01-02T03:04:05Z"', '"2026-01-02"', '"2026-01-02T03:04:05.123456+02:00"'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '1626823098',
      '1626823098519',
      '-1',
      '0',
      '1.5',
      '1e2',
      '9007199254740993',
      '253402300800',
    ),
  },
  fc.constantFrom(
    'null',
    'true',
    'false',
    '[]',
    '{}',
    '""',
    '[1]',
    String.raw`"a\"\\b\u00fc😀"`,
    '"ü😀é"',
    '"abc"',
    '{"x":"y"}',
  ),
  fc.string({ unit: 'grapheme' }).map((of) => JSON.stringify(of)),
  fc.constantFrom(
    '{"x":"2026-01-02","y":{"z":17}}',
    '{"y":{"z":"deep"}}',
    '{"y":[]}',
    '{"x":1,"x":2}',
    '{"y":{"z":1,"w":{"v":[1]}}}',
  ),
);
/** What fits the column of a field, as JSON. */
const fitting: Record<string, fc.Arbitrary<string>> = {
  id: fc.constantFrom('1626823098', '1626823098519', '7'),
  name: fc.oneof(
    fc.constantFrom('"2026-01-02T03:04:05Z"', '"ü😀é"', String.raw`"a\"\\b"`),
    fc.string().map((of) => JSON.stringify(of)),
  ),
  at: fc.constantFrom('"2026-01-02T03:04:05Z"', '1626823098519'),
  day: fc.constantFrom('"2026-01-02"', '"2026-12-31"'),
  ratio: fc.constantFrom('1.5', '2'),
  open: fc.constantFrom('true', 'false'),
  count: fc.constantFrom('1', '-5'),
  price: fc.constantFrom('2.50', '"17"'),
  meta: fc.constantFrom(
    ...[
      '{"x":"2026-01-02T03"}',
      '{"x":"ab","y":{"z":[]}}',
      '{}',
      '{"n":5,"deep":{"u":"v"}}',
      '{"deep":{"u":"v","t":"w"},"N":"?"}',
    ],
    ...['{"n":"no number","deep":{"T":[1]}}', '{"deep":null,"n":null}'],
  ),
  required: fc.constantFrom('"2026-01-02"', '"there"'),
  other: fc.constantFrom('null', '[]', '{}'),
  absent: fc.constantFrom('null', '[]', 'null', '17'),
};
const some = (name: string): fc.Arbitrary<[string, string] | undefined> => {
  const fits = fitting[name] as fc.Arbitrary<string>;
  const value = fc.oneof({ weight: 12, arbitrary: fits }, { weight: 1, arbitrary: json });
  const isThere = { weight: name === 'required' ? 12 : 3, arbitrary: value.map((of): [string, string] => [name, of]) };
  return fc.oneof(isThere, { weight: 1, arbitrary: fc.constant(undefined) });
};
const stray = fc.oneof(
  { weight: 9, arbitrary: fc.constant(undefined) },
  fc.tuple(fc.constantFrom('Name', 'ID', 'name', 'stray'), json),
);
const payload = fc
  .tuple(...Object.keys(fitting).map(some), stray)
  .chain((fields) => fc.shuffledSubarray(fields, { minLength: fields.length, maxLength: fields.length }))
  .map((fields) => fields.filter((of) => of !== undefined))
  .map((fields) => `{${fields.map(([name, value]) => `"${name}":${value}`).join(',')}}`);

test('columns hold what the parser makes, or leave it to the parser', () => {
  let kept = 0;
  fc.assert(
    fc.property(
      fc
        .uniqueArray(fc.constantFrom(...Object.keys(byTarget)), { minLength: 1, maxLength: 4 })
        .filter((targets) => !targets.includes('meta') || targets.every((target) => !target.startsWith('meta.')))
        .chain((targets) =>
          fc.record(Object.fromEntries(targets.map((target) => [target, byTarget[target] as fc.Arbitrary<string>]))),
        ),
      fc.uniqueArray(fc.constantFrom('other', 'stray', 'name', 'absent'), { maxLength: 2 }),
      fc.array(payload, { minLength: 1, maxLength: 12 }),
      (transforms, drop, payloads) => {
        const both = compiled(transforms, drop);
        if (both.plan === undefined) return;
        const records = payloads.map(recordOf);
        const expected = parsed(both, records);
        for (const [index, row] of scanned(both, records).entries()) {
          if (row === 'left') continue;
          expect(row).toEqual(expected[index]);
          kept++;
        }
      },
    ),
    { numRuns: 500 },
  );
  expect(kept).toBeGreaterThan(100);
});

describe('what is as it should be is not left to the parser', () => {
  test.each<[Record<string, string>, string]>([
    [{ day: 'substr(name, `0`, `10`)', count: 'kafka.partition' }, '{"name":"2026-01-02T03","required":"x"}'],
    [{ name: 'substr(other, `1`, `2`)' }, '{"required":"x","other":null}'.replace('null', '[]')],
    [{ name: 'name && substr(name, `0`, `2`)' }, '{"required":"x"}'],
    [{ at: 'epoch_millis_to_iso8601(at)', name: 'epoch_seconds_to_iso8601(id)' }, '{"required":"x","at":1,"id":2}'],
    [{ id: 'iso8601_to_epoch_seconds(name)' }, '{"required":"x","name":"1969-12-31T23:59:59.5Z"}'],
    [{ id: 'epoch_millis_to_micro(id)' }, '{"required":"x","id":2}'],
    [{ required: 'kafka.topic' }, '{"required":17}'],
    [{ required: 'meta.x', at: "'2026-01-02T03:04:05Z'", absent: 'other' }, '{"meta":{"x":"y"}}'],
    [
      { day: "'2026-02-03'", price: '`2.50`', open: '`true`', name: 'ingest.source' },
      '{"required":"x","day":"?","price":"?"}',
    ],
    [
      { 'meta.deep.u': 'kafka.topic', 'meta.deep.t': "'t'", 'meta.n': 'kafka.offset' },
      '{"required":"x","meta":{"x":"y","n":"replaced","deep":{"u":[1]}}}',
    ],
    [{ 'meta.n': 'kafka.offset' }, '{"required":"x"}'],
    [{ name: 'other' }, '{"required":"x","other":"renamed","stray":{"a":[1]}}'],
  ])('%j', (transforms, payloadText) => {
    const both = compiled(transforms, ['other', 'stray']);
    const records = [payloadText, payloadText].map(recordOf);
    const expected = parsed(both, records);
    if (expected.every(Array.isArray)) expect(scanned(both, records)).toEqual(expected);
    else expect(scanned(both, records)).toEqual(['left', 'left']);
  });
});

test.each([
  { name: 'upper(name)' },
  { name: 'meta.*' },
  { 'meta.x': 'name' },
  { absent: 'substr(name, `0`, `1`)' },
  { count: "'no number'" },
  { required: '`null`' },
  { day: 'epoch_seconds_to_iso8601(id)' },
  { name: 'other && substr(name, `0`, `1`)' },
])('more than columns can do: %j', (transforms) => {
  expect(compiled(transforms).plan).toBeUndefined();
});

test('a key that is no text is left to the parser, and to it alone', () => {
  const both = compiled({ name: 'kafka.key' });
  const records = [Uint8Array.of(0xff), Uint8Array.of(0x6b)].map((key, index) =>
    record(index + 1, '{"required":"x"}', { key }),
  );
  expect(scanned(both, records).map((row) => (row === 'left' ? row : row[1]))).toEqual(['left', 'k']);
  expect(parsed(both, records).map((row) => (Array.isArray(row) ? row[1] : row))).toEqual(['TransformFailed', 'k']);
});

test.each(['meta.x', 'required'])('more than columns can drop: %s', (field) => {
  expect(compiled({}, [field]).plan).toBeUndefined();
});
