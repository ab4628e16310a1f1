import { describe, expect, test } from 'vitest';
import type { MetaData, Protocol } from '#delta/actions.ts';
import { assertReadable, assertWritable, protocolFor, wideningOf } from '#delta/protocol.ts';
import { parseSchema } from '#delta/schema.ts';
import { metaDataAction, schemaString } from '../../support/actions.ts';

const protocol = (minReaderVersion: number, minWriterVersion: number, ...features: string[]): Protocol => ({
  minReaderVersion,
  minWriterVersion,
  ...(minReaderVersion === 3 ? { readerFeatures: features } : {}),
  ...(minWriterVersion === 7 ? { writerFeatures: features } : {}),
});
const metaData = (rest: Partial<MetaData> = {}) => metaDataAction(rest).metaData;
const withFieldMetadata = (key: string) =>
  metaData({
    schemaString: JSON.stringify({
      type: 'struct',
      fields: [
        {
          name: 's',
          type: { type: 'struct', fields: [{ name: 'x', type: 'long', nullable: true, metadata: { [key]: '1' } }] },
          nullable: true,
          metadata: {},
        },
      ],
    }),
  });

describe('reading', () => {
  test.each([
    [protocol(1, 2)],
    [protocol(2, 5)],
    [protocol(3, 7, 'deletionVectors', 'timestampNtz')],
    [protocol(1, 7, 'someWriterFeature')],
  ])('%o is allowed', (allowed) => {
    expect(() => assertReadable(allowed)).not.toThrow();
  });

  test('a reader version past 3 is refused', () => {
    expect(() => assertReadable(protocol(4, 7))).toThrow(
      expect.objectContaining({ name: 'UnsupportedProtocol', message: 'expected minReaderVersion 1 to 3, got 4' }),
    );
  });

  test('an unknown reader feature is refused by its name', () => {
    expect(() => assertReadable(protocol(3, 7, 'timestampNtz', 'catalogManaged'))).toThrow(
      expect.objectContaining({ name: 'UnsupportedFeature', message: expect.stringContaining('got catalogManaged') }),
    );
  });
});

describe('writing', () => {
  test.each([
    [protocol(1, 2), metaData({ configuration: { 'delta.appendOnly': 'true' } })],
    [protocol(1, 6), metaData()],
    [protocol(1, 7, 'timestampNtz', 'appendOnly', 'domainMetadata'), metaData()],
    [protocol(1, 7, 'allowColumnDefaults'), metaData()],
  ])('%o is allowed', (allowed, meta) => {
    expect(() => assertWritable(allowed, meta)).not.toThrow();
  });

  test('an unknown writer feature is refused even if unused', () => {
    expect(() => assertWritable(protocol(1, 7, 'rowTracking'), metaData())).toThrow('got rowTracking');
  });

  test('a writer version past 7 is refused', () => {
    expect(() => assertWritable(protocol(1, 8), metaData())).toThrow('expected minWriterVersion 1 to 7, got 8');
  });

  test.each([
    ['checkConstraints', metaData({ configuration: { 'delta.constraints.positive': 'x > 0' } })],
    ['columnMapping', metaData({ configuration: { 'delta.columnMapping.mode': 'name' } })],
    ['invariants', withFieldMetadata('delta.invariants')],
    ['generatedColumns', withFieldMetadata('delta.generationExpression')],
    ['identityColumns', withFieldMetadata('delta.identity.start')],
  ])('%s are refused while active, nested ones too', (feature, meta) => {
    expect(() => assertWritable(protocol(1, 6), meta)).toThrow(
      expect.objectContaining({ name: 'UnsupportedFeature', message: expect.stringContaining(`${feature} is active`) }),
    );
  });
});

describe('a new table', () => {
  test('has Spark’s own default', () => {
    expect(protocolFor(parseSchema(schemaString(['a', 'timestamp'])), {})).toEqual(protocol(1, 2));
  });

  test('names timestampNtz when it has such a column, however deep', () => {
    const nested = { type: 'array', elementType: 'timestamp_ntz', containsNull: true };
    expect(protocolFor(parseSchema(schemaString(['a', nested])), {})).toEqual({
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['timestampNtz'],
      writerFeatures: ['appendOnly', 'invariants', 'timestampNtz'],
    });
  });

  test('names typeWidening where the table asks for it, with timestampNtz where a date may become one', () => {
    const widening = { 'delta.enableTypeWidening': 'true' };
    expect(protocolFor(parseSchema(schemaString(['a', 'long'])), widening)).toEqual({
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['typeWidening'],
      writerFeatures: ['appendOnly', 'invariants', 'typeWidening'],
    });
    const { readerFeatures } = protocolFor(parseSchema(schemaString(['a', 'date'])), widening);
    expect(readerFeatures).toEqual(['timestampNtz', 'typeWidening']);
  });
});

describe('typeWidening', () => {
  const configuration = { 'delta.enableTypeWidening': 'true' };

  test('columns of a table widen where protocol and property say so', () => {
    const named = protocol(3, 7, 'typeWidening');
    expect(wideningOf({ protocol: named, metaData: metaData({ configuration }) })).toBe('any');
    expect(wideningOf({ protocol: named, metaData: metaData() })).toBe('read');
    expect(wideningOf({ protocol: protocol(1, 2), metaData: metaData() })).toBe('never');
  });

  test('its property without the feature is refused', () => {
    expect(() => assertWritable(protocol(1, 2), metaData({ configuration }))).toThrow('typeWidening is active');
    expect(() => assertWritable(protocol(3, 7, 'typeWidening'), metaData({ configuration }))).not.toThrow();
  });
});
