import type { DataType, StructField, StructType } from '#delta/schema.ts';
import { SeededRandom } from '../../local/seeded-random.ts';
import { escapedRecords } from './records/escaped.ts';
import { narrowRecords } from './records/narrow.ts';
import { nestedRecords } from './records/nested.ts';
import { shuffled, wideRecords } from './records/wide.ts';

/** Records of one kind, and the table that they go to. */
export interface DataSet {
  schema: StructType;
  /** A field of objects that the table keeps as their text. */
  textField?: string;
  /** JSON texts without end, the same from the same random numbers. */
  records(random: SeededRandom): Iterable<string>;
}

const field = (name: string, type: DataType): StructField => ({ name, type, nullable: true, metadata: {} });
const table = (columns: Record<string, DataType>): StructType => ({
  type: 'struct',
  fields: Object.entries(columns).map(([name, type]) => field(name, type)),
});
const list = (elementType: DataType): DataType => ({ type: 'array', elementType, containsNull: true });

const wide = table({
  timestamp: 'timestamp',
  channel: 'string',
  platform: 'string',
  event_type: 'string',
  event_category: 'string',
  resource_id: 'string',
  resource_title: 'string',
  interaction_target: 'string',
  session_id: 'string',
  user_id: 'string',
  device_id: 'string',
  user_agent: 'string',
  client_version: 'string',
  interaction_value: 'double',
  interaction_text: 'string',
  metadata: 'string',
});

const narrow = table({ timestamp: 'timestamp', device_id: 'string', metric: 'string', value: 'double', ok: 'boolean' });

const nested = table({
  timestamp: 'timestamp',
  order_id: 'string',
  customer: table({ id: 'string', tier: 'string', verified: 'boolean' }),
  position: table({ latitude: 'double', longitude: 'double' }),
  tags: list('string'),
  items: list(table({ sku: 'string', quantity: 'long', price: 'double' })),
  total: 'double',
});

const escaped = table({
  timestamp: 'timestamp',
  level: 'string',
  logger: 'string',
  message: 'string',
  path: 'string',
  stack: 'string',
  request: 'string',
});

export const dataSets = {
  wide: { schema: wide, textField: 'metadata', records: wideRecords },
  narrow: { schema: narrow, records: narrowRecords },
  nested: { schema: nested, records: nestedRecords },
  escaped: { schema: escaped, records: escapedRecords },
  'shuffled keys': { schema: wide, textField: 'metadata', records: shuffled },
} as const satisfies Record<string, DataSet>;

export type DataSetName = keyof typeof dataSets;

const seed = 20_260_115;

/** The first `count` records, a line each. */
export function* linesOf(name: DataSetName, count: number): Generator<string> {
  let left = count;
  for (const record of dataSets[name].records(new SeededRandom(seed))) {
    if (left-- === 0) return;
    yield record;
  }
}
