/** Schemas of the bench's records, in the words of each format. */
export interface RecordSchemas {
  proto: string;
  avro: object;
}

const text = (name: string) => ({ name, type: 'string' });
const maybe = (name: string, type: unknown) => ({ name, type: ['null', type], default: null });
const instant = { type: 'long', logicalType: 'timestamp-micros' };

/** Analytics events: texts mostly. */
const wide: RecordSchemas = {
  proto: `
    syntax = "proto3";
    package bench;
    import "google/protobuf/timestamp.proto";
    message Metadata { string ab = 1; int64 n = 2; string ref = 3; }
    message Record {
      google.protobuf.Timestamp timestamp = 1;
      string channel = 2;
      string platform = 3;
      string event_type = 4;
      string event_category = 5;
      string resource_id = 6;
      string resource_title = 7;
      string interaction_target = 8;
      string session_id = 9;
      optional string user_id = 10;
      optional string device_id = 11;
      string user_agent = 12;
      string client_version = 13;
      optional double interaction_value = 14;
      optional string interaction_text = 15;
      Metadata metadata = 16;
    }`,
  avro: {
    type: 'record',
    name: 'bench.Record',
    fields: [
      { name: 'timestamp', type: instant },
      ...['channel', 'platform', 'event_type', 'event_category', 'resource_id', 'resource_title'].map(text),
      ...['interaction_target', 'session_id'].map(text),
      maybe('user_id', 'string'),
      maybe('device_id', 'string'),
      ...['user_agent', 'client_version'].map(text),
      maybe('interaction_value', 'double'),
      maybe('interaction_text', 'string'),
      {
        name: 'metadata',
        type: { type: 'record', name: 'Metadata', fields: [text('ab'), { name: 'n', type: 'long' }, text('ref')] },
      },
    ],
  },
};

/** Orders: records, lists and numbers within. */
const nested: RecordSchemas = {
  proto: `
    syntax = "proto3";
    package bench;
    import "google/protobuf/timestamp.proto";
    message Customer { string id = 1; string tier = 2; bool verified = 3; }
    message Position { double latitude = 1; double longitude = 2; }
    message Item { string sku = 1; int64 quantity = 2; double price = 3; }
    message Record {
      google.protobuf.Timestamp timestamp = 1;
      string order_id = 2;
      Customer customer = 3;
      Position position = 4;
      repeated string tags = 5;
      repeated Item items = 6;
      double total = 7;
    }`,
  avro: {
    type: 'record',
    name: 'bench.Record',
    fields: [
      { name: 'timestamp', type: instant },
      text('order_id'),
      {
        name: 'customer',
        type: {
          type: 'record',
          name: 'Customer',
          fields: [text('id'), text('tier'), maybe('verified', 'boolean')],
        },
      },
      {
        name: 'position',
        type: [
          'null',
          {
            type: 'record',
            name: 'Position',
            fields: [
              { name: 'latitude', type: 'double' },
              { name: 'longitude', type: 'double' },
            ],
          },
        ],
        default: null,
      },
      { name: 'tags', type: { type: 'array', items: 'string' } },
      {
        name: 'items',
        type: {
          type: 'array',
          items: {
            type: 'record',
            name: 'Item',
            fields: [text('sku'), { name: 'quantity', type: 'long' }, { name: 'price', type: 'double' }],
          },
        },
      },
      { name: 'total', type: 'double' },
    ],
  },
};

export const recordSchemas = { wide, nested } as const;
export type RecordSet = keyof typeof recordSchemas;
