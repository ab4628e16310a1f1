import type { RouteSettings } from '#contract/route-settings.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import { type DecodedRecord, type DecodedValue, NumberToken } from '#formats/decoded-value.ts';
import type { PayloadType } from '#formats/payload-decoder.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import { ExpressionReader, type RecordExpression, recordExpression } from '../transform/record-expressions.ts';
import { type SimpleTransform, simpleTransform } from '../transform/transform-kind.ts';
import { type MetadataContext, metadataOf } from '../transform/transform-metadata.ts';
import { failure, type Routed, type RouteTexts, TableNamer, type TableRefusal } from './table-namer.ts';

/** What a payload was decoded to, as far as routes ask. */
export interface RoutedPayload {
  /** Nothing: a tombstone. */
  record: DecodedRecord | undefined;
  type?: PayloadType | undefined;
}

/** One route, the same from batch to batch. */
export interface RecordRoute {
  /**
   * Fields of the payload that are all it asks of it, by the names on the way, each a text where `routeOfFields` is to be asked; empty
   * where it asks for nothing of the payload, absent where it asks for more than fields.
   */
  readonly fields: readonly (readonly string[])[] | undefined;
  /** Where a record goes by the texts of `fields`; null: there is none. */
  routeOfFields(record: SourceRecord, texts: readonly (string | null)[], nowMs: number): Routed;
  /** Where a record goes by its payload. */
  routeOf(record: SourceRecord, payload: RoutedPayload, nowMs: number): Routed;
}

/** Texts that are remembered with the table that they came to, and how long they may be: others are nobody's tables. */
const mostRemembered = 10_000;
const longestRemembered = 300;

export function recordRoute(
  route: RouteSettings,
  { origin }: Pick<SourceSettings, 'origin'>,
  refusalOf: (tableName: string) => TableRefusal,
): RecordRoute {
  const placeholders = Object.keys(route.by);
  const expressions = Object.values(route.by).map((text) => recordExpression(text, origin.kind));
  const topic = origin.kind === 'kafka' ? origin.topic : undefined;
  const namer = new TableNamer(route, refusalOf);
  const reader = new ExpressionReader();
  const simple = expressions.map(({ node }) => simpleTransform(node));
  const readers = simpleReaders(simple, reader);
  const remembered = new Map<string, Routed>();

  function routed(values: readonly DecodedValue[]): Routed {
    const texts: string[] = [];
    for (let index = 0; index < values.length; index++) {
      const text = routeText(values[index] as DecodedValue);
      if (text === undefined) return noText(index, values[index] as DecodedValue);
      texts.push(text);
    }
    const key = texts.length === 1 ? (texts[0] as string) : JSON.stringify(texts);
    const known = remembered.get(key);
    if (known !== undefined) return known;
    if (key.length > longestRemembered) return namer.routeOf(textsByName(texts));
    if (remembered.size >= mostRemembered) remembered.clear();
    // Texts of their own: parts of a payload's would keep it in memory.
    const named = namer.routeOf(textsByName(structuredClone(texts)));
    remembered.set(structuredClone(key), named);
    return named;
  }

  const textsByName = (texts: readonly string[]): RouteTexts =>
    Object.fromEntries(placeholders.map((name, index) => [name, texts[index] as string]));

  const noText = (index: number, value: DecodedValue): Routed =>
    failure(
      'RouteFailed',
      `expected ${expressions[index]?.text} to give {${placeholders[index]}} a text, a number or a boolean, got ${described(value)}`,
    );

  const noValue = (index: number, message: string): Routed =>
    failure('RouteFailed', `{${placeholders[index]}}: ${message}`);

  return {
    fields: readers && simple.flatMap((each) => (each?.kind === 'field' ? [each.path] : [])),
    routeOfFields(record, texts, nowMs) {
      const context = { table: '', topic, nowMs, type: undefined };
      const values: DecodedValue[] = [];
      for (const [index, read] of (readers ?? []).entries()) {
        try {
          values.push(read(record, texts, context));
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          const { text } = expressions[index] as RecordExpression;
          return noValue(index, `expected ${text} to give a value: ${error.message}`);
        }
      }
      return routed(values);
    },
    routeOf(record, payload, nowMs) {
      const context = { table: '', topic, nowMs, type: payload.type };
      const values = reader.read(expressions, payload.record, record, context);
      return Array.isArray(values) ? routed(values) : noValue(values.index, values.message);
    },
  };
}

/** What an expression gives, of a record and the texts of the route's fields. */
type SimpleReader = (record: SourceRecord, texts: readonly (string | null)[], context: MetadataContext) => DecodedValue;

/** One for each expression; nothing where one of them asks for more than fields, metadata and constants. */
function simpleReaders(
  expressions: readonly (SimpleTransform | undefined)[],
  reader: ExpressionReader,
): SimpleReader[] | undefined {
  const readers: SimpleReader[] = [];
  let fields = 0;
  for (const simple of expressions) {
    switch (simple?.kind) {
      case 'field': {
        const place = fields++;
        readers.push((_record, texts) => texts[place] ?? null);
        break;
      }
      case 'metadata': {
        const { name } = simple;
        if (name.startsWith('schema.')) return undefined;
        readers.push((record, _texts, context) => metadataOf(name, record, context));
        break;
      }
      case 'constant': {
        const constant = reader.constant(simple.node);
        if (constant === undefined) return undefined;
        readers.push(() => constant);
        break;
      }
      default:
        return undefined;
    }
  }
  return readers;
}

function routeText(value: DecodedValue): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      return value instanceof NumberToken ? value.text : undefined;
  }
}

const described = (value: DecodedValue): string => {
  if (value === null) return 'nothing';
  return typeof value === 'number' ? `the double ${value}` : 'a value with parts, bytes or a time';
};
