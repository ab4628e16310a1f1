import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseSettings } from '../../lib/settings-file.ts';

const root = mkdtempSync(join(tmpdir(), 'alluvium-formats-'));
mkdirSync(join(root, 'config/schemas'), { recursive: true });
writeFileSync(join(root, 'config/schemas/order.avsc'), '"int"');
afterAll(() => rmSync(root, { recursive: true }));

const parse = (format: string) =>
  parseSettings(
    `
registries:
  main: { kind: confluent, url: 'https://registry.example.com', timeout: 2s, unknownFor: 30s }
  glue: { kind: glue }
  rest: { kind: rest, url: 'https://schemas.example.com/{id}.json' }
sources: { orders: { kinesis: {}, table: orders, format: ${format} } }
tables: { orders: {} }
`,
    { file: 'config/test.yaml', environment: 'test', root },
  );

test('a format by its kind, or with what it takes', () => {
  expect(parse('json').sources.orders?.format).toEqual({ kind: 'json', framing: 'none' });
  expect(parse('{ kind: avro, framing: glue, registry: glue }').sources.orders?.format).toEqual({
    kind: 'avro',
    framing: 'glue',
    registry: 'glue',
  });
  expect(parse('json').registries.main).toEqual({
    kind: 'confluent',
    url: 'https://registry.example.com',
    timeoutMs: 2_000,
    unknownForMs: 30_000,
  });
});

test('schema files are read beside the settings file', () => {
  const { sources, schemaFiles } = parse('{ kind: avro, framing: none, schemaFile: schemas/order.avsc }');
  expect(sources.orders?.format).toMatchObject({ schemaFile: ['schemas/order.avsc'] });
  expect(schemaFiles).toEqual({ 'schemas/order.avsc': Buffer.from('"int"').toString('base64') });
  expect(parse('json')).not.toHaveProperty('schemaFiles');
});

describe('what is wrong is said by key', () => {
  test.each([
    ['xml', 'sources.orders.format'],
    ['{ kind: avro }', 'sources.orders.format'],
    ['{ kind: avro, framing: none }', 'schemaFile: expected it with framing none of avro'],
    ['{ kind: avro, framing: confluent }', 'registry: expected it with framing confluent of avro'],
    [
      '{ kind: avro, framing: container, registry: main }',
      'registry: expected it absent with framing container of avro',
    ],
    ['{ kind: avro, framing: none, schemaFile: [a.avsc, b.avsc] }', 'schemaFile: expected one file without framing'],
    ['{ kind: avro, framing: none, schemaFile: ../a.avsc }', "inside the settings file's folder"],
    ['{ kind: avro, framing: none, schemaFile: a.avsc }', 'schemaFile: expected a file at config/a.avsc; found none'],
    [
      '{ kind: avro, framing: confluent, registry: other }',
      'registry: expected a registry named under registries; got "other"',
    ],
    [
      '{ kind: avro, framing: confluent, registry: glue }',
      'registry: expected a registry of kind confluent for avro with framing confluent; got "glue" of kind glue',
    ],
    ['{ kind: avro, framing: glue, registry: rest }', 'registry: expected a registry of kind glue'],
  ])('%s', (format, message) => {
    expect(() => parse(format)).toThrow(message);
  });

  test.each([
    ["{ kind: confluent, url: 'ftp://x' }", 'expected a URL with http or https'],
    ["{ kind: rest, url: 'https://x' }", 'expected a URL that holds {id} once'],
    ["{ kind: rest, url: 'https://{id}.example.com/{id}' }", 'expected a URL that holds {id} once'],
    ["{ kind: confluent, url: 'https://x', secretArn: abc }", 'expected the ARN of a secret'],
    ['{ kind: glue, timeout: 1h }', 'expected 100ms to 30s'],
  ])('%s', (registry, message) => {
    const text = `registries: { main: ${registry} }\nsources: {}\ntables: {}\n`;
    expect(() => parseSettings(text, { file: 'config/test.yaml', environment: 'test', root })).toThrow(message);
  });
});
