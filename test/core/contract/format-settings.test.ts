import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../lib/settings-file.ts';

/** What is wrong with a source that has these lines, as an operator reads it. */
function faults(lines: string): string {
  const text = `
registries: { main: { kind: confluent, url: 'https://registry.example.com' } }
sources: { s: { kinesis: { shards: 1 }, table: t, ${lines} } }
tables: { t: {} }
`;
  try {
    parseSettings(text, { file: 'config/test.yaml', environment: 'test' });
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('formats', () => {
  it.each(['json', 'msgpack', 'string', 'int64', 'bytes', '{ kind: protobuf, framing: confluent, registry: main }'])(
    'take what they need: %s',
    (format) => {
      expect(faults(`format: ${format}`)).toBe('');
    },
  );

  it.each([
    ['xml', 'sources.s.format'],
    ['protobuf', 'sources.s.format'],
    [
      '{ kind: protobuf, framing: confluent }',
      'sources.s.format.registry: expected it with framing confluent of protobuf',
    ],
    ['{ kind: protobuf, framing: none }', 'sources.s.format.schemaFile: expected it with framing none of protobuf'],
    ['{ kind: protobuf, framing: single, registry: main }', 'sources.s.format.framing: expected'],
    ['{ kind: protobuf, framing: glue, registry: main, message: A }', 'sources.s.format.message: expected it absent'],
    [
      '{ kind: protobuf, framing: none, schemaFile: ../a.proto }',
      'sources.s.format.schemaFile: expected a path inside',
    ],
    [
      '{ kind: protobuf, framing: none, schemaFile: a.proto, message: "1" }',
      'sources.s.format.message: expected the name of a message',
    ],
    ['{ kind: msgpack, framing: glue, registry: main }', 'sources.s.format.framing: expected'],
    ['{ kind: msgpack, registry: main }', 'sources.s.format.registry: expected it absent with framing none of msgpack'],
    ['{ kind: string, schemaFile: a }', 'sources.s.format.schemaFile: expected no such key'],
  ])('say what is wrong with %s', (format, fault) => {
    expect(faults(`format: ${format}`)).toContain(fault);
  });
});

describe('envelopes', () => {
  it.each(['gzip', '[zstd, { kind: base64Json, field: a.b }]', '{ kind: snappy, maxBytes: 1KiB }', '[]'])(
    'are one or several: %s',
    (envelope) => {
      expect(faults(`envelope: ${envelope}`)).toBe('');
    },
  );

  it.each([
    ['brotli', 'sources.s.envelope'],
    ['{ kind: gzip, maxBytes: 1GiB }', 'sources.s.envelope.maxBytes: expected at most 64MiB'],
    ['{ kind: base64Json }', 'sources.s.envelope.field: expected text'],
    ['{ kind: base64Json, field: a..b }', 'sources.s.envelope.field: expected the name of a field'],
    ['[gzip, { kind: zstd, field: a }]', 'sources.s.envelope.1.field: expected no such key'],
  ])('say what is wrong with %s', (envelope, fault) => {
    expect(faults(`envelope: ${envelope}`)).toContain(fault);
  });

  it('are not put around container files', () => {
    const container = 'format: { kind: avro, framing: container }, envelope: gzip';
    expect(faults(container)).toContain('sources.s.envelope: expected none around container files');
  });
});
