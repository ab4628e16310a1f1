import { describe, expect, it } from 'vitest';
import { DecodedInstant } from '#formats/decoded-time.ts';
import { DecodedList, DecodedMap, DecodedRecord, NumberToken } from '#formats/decoded-value.ts';
import { TestMessage, writer } from './protobuf.ts';

const scalars = new TestMessage(`
  syntax = "proto3";
  message Scalars {
    double a = 1; float b = 2; int32 c = 3; int64 d = 4; uint32 e = 5; uint64 f = 6; sint32 g = 7; sint64 h = 8;
    fixed32 i = 9; fixed64 j = 10; sfixed32 k = 11; sfixed64 l = 12; bool m = 13; string n = 14; bytes o = 15;
  }`);

describe('scalars', () => {
  it('have columns that hold all of their values', () => {
    expect(scalars.columns).toEqual({
      ...{ a: 'double', b: 'float', c: 'integer', d: 'long', e: 'long', f: 'decimal(20,0)', g: 'integer', h: 'long' },
      ...{ i: 'long', j: 'decimal(20,0)', k: 'integer', l: 'long', m: 'boolean', n: 'string', o: 'binary' },
    });
  });

  it.each([
    ['greatest', '18446744073709551615', '9223372036854775807', 2 ** 32 - 1, 2 ** 31 - 1],
    ['least', '0', '-9223372036854775808', 0, -(2 ** 31)],
    ['beyond doubles', '9007199254740993', '-9007199254740993', 300, -300],
    ['of 49 and 50 bits', String(2n ** 49n - 1n), String(2n ** 49n), 128, -128],
  ])('keep their %s values', (_, unsigned, signed, word, int) => {
    const values = {
      d: signed,
      f: unsigned,
      h: signed,
      j: unsigned,
      l: signed,
      e: word,
      i: word,
      c: int,
      g: int,
      k: int,
    };
    const fields = scalars.fields(scalars.bytes(values));
    for (const [name, value] of Object.entries(values)) expect(fields[name], name).toBe(BigInt(value));
  });

  it('are doubles, texts, truths and bytes', () => {
    const fields = scalars.fields(
      scalars.bytes({ a: 0.1, b: 1.5, m: true, n: 'Zürich \u{1f600}', o: Buffer.from([0, 255]) }),
    );
    expect(fields).toMatchObject({ a: 0.1, b: 1.5, m: true, n: 'Zürich \u{1f600}' });
    expect(fields.o).toEqual(new Uint8Array([0, 255]));
  });

  it('that are absent are what proto3 says they are', () => {
    const nothing = { c: 0n, d: 0n, e: 0n, f: 0n, g: 0n, h: 0n, i: 0n, j: 0n, k: 0n, l: 0n };
    expect(scalars.fields(new Uint8Array())).toEqual({ ...nothing, a: 0, b: 0, m: false, n: '', o: new Uint8Array() });
  });

  it('keep bytes of their own', () => {
    const bytes = scalars.bytes({ o: Buffer.from([1, 2]) });
    const { o } = scalars.fields(bytes);
    bytes.fill(9);
    expect(o).toEqual(new Uint8Array([1, 2]));
  });
});

describe('presence', () => {
  it('of optional fields and members of a oneof is null or a value', () => {
    const message = new TestMessage(`
      syntax = "proto3";
      message Pay { optional int32 discount = 1; oneof how { string card = 2; bool cash = 3; Pay other = 4; } }`);
    expect(message.fields(new Uint8Array())).toEqual({ discount: null, card: null, cash: null, other: null });
    expect(message.fields(writer().uint32(8).int32(0).uint32(18).string('').finish())).toEqual({
      discount: 0n,
      card: '',
      cash: null,
      other: null,
    });
    const both = writer().uint32(18).string('x').uint32(24).bool(true).finish();
    expect(message.fields(both)).toMatchObject({ card: null, cash: true });
  });

  it('in proto2 gives the defaults that declarations name, and asks for what is required', () => {
    const message = new TestMessage(`
      syntax = "proto2";
      enum Level { LOW = 3; HIGH = 7; }
      message Old {
        required int64 id = 1;
        optional int32 tries = 2 [default = 3];
        optional string name = 3;
        optional Level level = 4 [default = HIGH];
        optional bool on = 5 [default = true];
        optional double rate = 6 [default = 0.5];
        optional uint64 big = 7 [default = 9007199254740991];
        repeated int32 unpacked = 8;
        optional group Extra = 9 { optional string note = 1; }
        extensions 100 to 200;
      }
      extend Old { optional string colour = 100; }`);
    expect(message.fields(writer().uint32(8).int64(5).finish())).toEqual({
      ...{ id: 5n, tries: 3n, name: null, level: 'HIGH', on: true, rate: 0.5, extra: null, colour: null },
      ...{ big: 9007199254740991n, unpacked: new DecodedList([]) },
    });
    expect(message.failure(new Uint8Array())).toMatchObject({
      error: 'InvalidPayload',
      message: 'expected the required field id, got none',
    });
    const group = writer().uint32(8).int64(5).uint32(75).uint32(10).string('hi').uint32(76);
    const extended = group
      .uint32((100 << 3) | 2)
      .string('red')
      .uint32(64)
      .int32(1)
      .uint32(64)
      .int32(2);
    const fields = message.fields(
      extended
        .uint32((8 << 3) | 2)
        .bytes(Buffer.of(3, 4))
        .finish(),
    );
    expect(fields.extra).toEqual(new DecodedRecord(['note'], ['hi']));
    expect(fields.unpacked).toEqual(new DecodedList([1n, 2n, 3n, 4n]));
    expect(fields.colour).toBe('red');
    expect(message.columns).toMatchObject({ colour: 'string', big: 'decimal(20,0)', unpacked: { type: 'array' } });
  });

  it('asks for what is required where its declaration names a default, too', () => {
    const message = new TestMessage('syntax = "proto2"; message Old { required int32 id = 1 [default = 3]; }');
    expect(message.fields(writer().uint32(8).int32(3).finish())).toEqual({ id: 3n });
    expect(message.failure(new Uint8Array())).toMatchObject({ message: 'expected the required field id, got none' });
  });

  it('of a default that the parser rounds makes the schema unusable', () => {
    const text = 'syntax = "proto2"; message Big { optional uint64 big = 1 [default = 18446744073709551615]; }';
    expect(() => new TestMessage(text)).toThrow('does not round');
  });

  it('in editions is as their features say', () => {
    const message = new TestMessage(`
      edition = "2023";
      message Now {
        int32 explicit = 1;
        int32 implicit = 2 [features.field_presence = IMPLICIT];
        int32 required = 3 [features.field_presence = LEGACY_REQUIRED];
        Now part = 4 [features.message_encoding = DELIMITED];
      }`);
    const inner = writer().uint32(35).uint32(24).int32(1).uint32(36).uint32(24).int32(2).finish();
    const fields = message.fields(inner);
    expect(fields).toMatchObject({ explicit: null, implicit: 0n, required: 2n });
    expect((fields.part as DecodedRecord).values).toEqual([null, 0n, 1n, null]);
    expect(message.failure(new Uint8Array()).message).toContain('required');
  });
});

describe('fields that come again', () => {
  const message = new TestMessage(`
    syntax = "proto3";
    import "google/protobuf/timestamp.proto";
    import "google/protobuf/duration.proto";
    import "google/protobuf/wrappers.proto";
    message Twice {
      int32 last = 1; Part part = 2; repeated string words = 3; map<string, int32> counts = 4;
      google.protobuf.Timestamp at = 5; google.protobuf.Duration took = 6; google.protobuf.StringValue note = 7;
    }
    message Part { string a = 1; repeated int32 b = 2; }`);

  it('are merged as the encoding says', () => {
    const first = message.bytes({
      ...{ last: 1, part: { a: 'x', b: [1] }, words: ['a'], counts: { k: 1, l: 2 }, note: { value: 'old' } },
      ...{ at: { seconds: -1, nanos: 5 }, took: { seconds: -3, nanos: -7 } },
    });
    const second = message.bytes({
      ...{
        last: 2,
        part: { b: [2] },
        words: ['b'],
        counts: { k: 3 },
        note: {},
        at: { nanos: 6 },
        took: { seconds: -4 },
      },
    });
    const fields = message.fields(Buffer.concat([first, second]));
    expect(fields.last).toBe(2n);
    expect(fields.part).toEqual(new DecodedRecord(['a', 'b'], ['x', new DecodedList([1n, 2n])]));
    expect(fields.words).toEqual(new DecodedList(['a', 'b']));
    expect(fields.counts).toEqual(
      new DecodedMap([
        ['k', 3n],
        ['l', 2n],
      ]),
    );
    expect(fields.at).toEqual(new DecodedInstant(-1_000_000n, false, 6));
    expect(fields.took).toEqual(new NumberToken('-4.000000007'));
    expect(fields.note).toBe('old');
  });

  it('take time in proportion to their bytes, however many pieces a message comes in', () => {
    const pieces = new TestMessage(`
      syntax = "proto3";
      import "google/protobuf/struct.proto";
      message Pieces { Part part = 1; google.protobuf.Struct extra = 2; }
      message Part { map<int32, int32> counts = 1; }`);
    const part = (key: number) => pieces.bytes({ part: { counts: { [key % 40_000]: key } } });
    const started = process.cpuUsage();
    const { part: whole } = pieces.fields(Buffer.concat(Array.from({ length: 50_000 }, (_, key) => part(key))));
    const { entries } = (whole as DecodedRecord).values[0] as DecodedMap;
    expect(entries.length).toBe(40_000);
    expect(entries.slice(0, 2)).toEqual([
      [0n, 40_000n],
      [1n, 40_001n],
    ]);
    const extra = (key: number) => pieces.bytes({ extra: { fields: { [`k${key}`]: { boolValue: true } } } });
    expect(pieces.fields(Buffer.concat([extra(1), extra(2), extra(1)]))).toMatchObject({
      extra: new DecodedRecord(['k1', 'k2'], [true, true]),
    });
    expect(pieces.failure(Buffer.concat(Array.from({ length: 20_000 }, (_, key) => extra(key))))).toMatchObject({
      error: 'TooLarge',
      path: '$.extra',
    });
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  });

  it('leave no trace in the next message', () => {
    message.fields(message.bytes({ words: ['a'], counts: { a: 1 }, part: { b: [1] } }));
    expect(message.fields(new Uint8Array())).toMatchObject({
      words: new DecodedList([]),
      counts: new DecodedMap([]),
      part: null,
    });
  });
});

describe('maps and enums', () => {
  const message = new TestMessage(`
    syntax = "proto3";
    enum Kind { option allow_alias = true; NONE = 0; SALE = 1; SOLD = 1; }
    message Counts {
      map<int64, Inner> inner = 1; map<bool, Kind> kinds = 2; Kind kind = 3; repeated Kind many = 4; map<string, bytes> raw = 5;
    }
    message Inner { int32 n = 1; }`);

  it('have keys of their kinds, and defaults where an entry lacks a part', () => {
    const fields = message.fields(
      writer()
        .uint32(10)
        .bytes(Buffer.of(8, 5))
        .uint32(18)
        .bytes(Buffer.of(16, 1))
        .uint32(42)
        .bytes(Buffer.of())
        .finish(),
    );
    expect(fields.inner).toEqual(new DecodedMap([[5n, new DecodedRecord(['n'], [0n])]]));
    expect(fields.kinds).toEqual(new DecodedMap([[false, 'SALE']]));
    expect(fields.raw).toEqual(new DecodedMap([['', new Uint8Array()]]));
    expect(message.columns.kinds).toEqual({
      type: 'map',
      keyType: 'boolean',
      valueType: 'string',
      valueContainsNull: true,
    });
  });

  it('of unknown numbers are the numbers', () => {
    expect(message.fields(writer().uint32(24).int32(77).uint32(34).bytes(Buffer.of(1, 9)).finish())).toMatchObject({
      kind: '77',
      many: new DecodedList(['SALE', '9']),
    });
    expect(message.fields(new Uint8Array()).kind).toBe('NONE');
  });
});

describe('well-known types', () => {
  const message = new TestMessage(`
    syntax = "proto3";
    import "google/protobuf/timestamp.proto";
    import "google/protobuf/duration.proto";
    import "google/protobuf/wrappers.proto";
    import "google/protobuf/struct.proto";
    import "google/protobuf/any.proto";
    import "google/protobuf/empty.proto";
    import "google/protobuf/field_mask.proto";
    message Known {
      google.protobuf.Timestamp at = 1; google.protobuf.Duration took = 2; google.protobuf.UInt64Value big = 3;
      google.protobuf.Struct extra = 4; google.protobuf.Value value = 5; google.protobuf.ListValue list = 6;
      google.protobuf.Any any = 7; google.protobuf.Empty empty = 8; google.protobuf.FieldMask mask = 9;
      repeated google.protobuf.Timestamp times = 10; map<string, google.protobuf.DoubleValue> rates = 11;
    }`);

  it('have columns', () => {
    expect(message.columns).toMatchObject({
      ...{
        at: 'timestamp',
        took: 'decimal(21,9)',
        big: 'decimal(20,0)',
        extra: 'string',
        value: 'string',
        list: 'string',
      },
      any: {
        fields: [
          { name: 'type_url', type: 'string' },
          { name: 'value', type: 'binary' },
        ],
      },
      empty: 'string',
      mask: { fields: [{ name: 'paths', type: { type: 'array', elementType: 'string' } }] },
      times: { elementType: 'timestamp' },
      rates: { valueType: 'double' },
    });
  });

  it('are instants, seconds, values and JSON', () => {
    const fields = message.fields(
      message.bytes({
        at: { seconds: 1_700_000_000, nanos: 123_456_789 },
        took: { seconds: 1, nanos: 5 },
        big: { value: '18446744073709551615' },
        extra: {
          fields: { a: { numberValue: 1.5 }, b: { listValue: { values: [{ stringValue: 'x' }, { nullValue: 0 }] } } },
        },
        value: { stringValue: 'say "hi"' },
        list: { values: [{ boolValue: true }, { structValue: { fields: {} } }] },
        empty: {},
        times: [{ seconds: 1 }, {}],
        rates: { a: {} },
      }),
    );
    expect(fields.at).toEqual(new DecodedInstant(1_700_000_000_123_456n, false, 789));
    expect(fields.took).toEqual(new NumberToken('1.000000005'));
    expect(fields.big).toBe(18446744073709551615n);
    expect((fields.extra as DecodedRecord).raw).toBe('{"a":1.5,"b":["x",null]}');
    expect(fields.value).toBe('"say \\"hi\\""');
    expect((fields.list as DecodedList).raw).toBe('[true,{}]');
    expect((fields.empty as DecodedRecord).raw).toBe('{}');
    expect(fields.times).toEqual(new DecodedList([new DecodedInstant(1_000_000n), new DecodedInstant(0n)]));
    expect(fields.rates).toEqual(new DecodedMap([['a', 0]]));
  });

  it.each([
    [-1n, 999_999_999, -1_000_000n + 999_999n, 999],
    [-(2n ** 63n), 0, -(2n ** 63n) * 1_000_000n, 0],
    [253_402_300_799n, 1, 253_402_300_799_000_000n, 1],
  ])('keep the time %s s and %s ns', (seconds, nanos, micros, below) => {
    const at = writer().uint32(8).int64(String(seconds)).uint32(16).int32(nanos).finish();
    const fields = message.fields(writer().uint32(10).bytes(at).finish());
    expect(fields.at).toEqual(new DecodedInstant(micros, false, below));
  });
});

describe('recursion', () => {
  const node =
    'syntax = "proto3"; message Node { string name = 1; Node next = 2; repeated Node all = 3; map<string, Node> by = 4; }';

  it('is text from where a message is within itself', () => {
    const message = new TestMessage(node);
    expect(message.columns).toMatchObject({
      next: 'string',
      all: { type: 'array', elementType: 'string' },
      by: { type: 'map', valueType: 'string' },
    });
    const { next } = message.fields(message.bytes({ next: { name: 'b' } }));
    expect((next as DecodedRecord).raw).toBe('{"name":"b","next":null,"all":[],"by":{}}');
  });

  it('has an end', () => {
    const message = new TestMessage(node);
    let bytes: Uint8Array = new Uint8Array();
    for (let level = 0; level < 63; level++) bytes = writer().uint32(18).bytes(bytes).finish();
    expect(message.decode(writer().uint32(18).bytes(bytes).finish())).toBeInstanceOf(DecodedRecord);
    for (let level = 0; level < 2; level++) bytes = writer().uint32(18).bytes(bytes).finish();
    expect(message.failure(bytes)).toMatchObject({ error: 'TooDeep', path: expect.stringMatching(/^\$(\.next)+$/) });
  });

  it('of messages that refer to many others takes a bounded number of columns', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const fields = Array.from({ length: 8 }, (__, field) => `M${level + 1} f${field} = ${field + 1};`);
      return `message M${level} { ${fields.join(' ')} }`;
    });
    const message = new TestMessage(`syntax = "proto3"; ${levels.join(' ')} message M12 { int32 a = 1; }`);
    expect(JSON.stringify(message.columns).length).toBeLessThan(2_000_000);
  });
});

describe('what is no message', () => {
  const message = new TestMessage(`
    syntax = "proto3";
    message Strict { string name = 1; int32 n = 2; Strict part = 3; repeated fixed32 packed = 4; repeated Strict many = 5; }`);

  it.each([
    ['a string that is no UTF-8', [10, 2, 0xc3, 0x28], 'InvalidUtf8', '$.name'],
    ['a string beyond the end', [10, 5, 65], 'InvalidPayload', '$.name'],
    ['another wire type', [16 + 5, 0, 0, 0, 0], 'InvalidPayload', '$.n'],
    ['half a tag', [0x80], 'InvalidPayload', '$'],
    ['field 0', [2, 0], 'InvalidPayload', '$'],
    ['an unknown wire type', [7], 'InvalidPayload', '$'],
    ['an end of no group', [12], 'InvalidPayload', '$'],
    ['a group without an end', [0x7b, 0x08, 0x01], 'InvalidPayload', '$'],
    ['a part that is longer than its length', [26, 2, 10, 3, 65, 65, 65], 'InvalidPayload', '$.part.name'],
    ['packed numbers that end in one', [34, 3, 1, 2, 3], 'InvalidPayload', '$.packed'],
    ['an endless varint', [16, ...new Array(11).fill(0x80)], 'InvalidPayload', '$.n'],
  ])('fails: %s', (_, bytes, error, path) => {
    expect(message.failure(Uint8Array.from(bytes))).toMatchObject({ error, path });
  });

  it('keeps U+FFFD where a producer wrote it', () => {
    expect(message.fields(writer().uint32(10).string('\ufffd').finish()).name).toBe('\ufffd');
  });

  it('steps over fields of other schemas', () => {
    const others = writer().uint32(800).int32(5).uint32(802).string('x').uint32(805).fixed32(1).uint32(801).fixed64(1);
    expect(message.fields(others.uint32(803).uint32(8).int32(1).uint32(804).uint32(16).int32(7).finish()).n).toBe(7n);
  });

  it('fails where two bytes each would make too many records', () => {
    const bytes = Buffer.alloc(2_000_000, Buffer.of(42, 0));
    expect(message.failure(bytes)).toMatchObject({ error: 'TooLarge', path: '$.many' });
  });
});
