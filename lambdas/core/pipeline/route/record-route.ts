import type { RouteSettings } from '#contract/route-settings.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import { type DecodedRecord, type DecodedValue, NumberToken } from '#formats/decoded-value.ts';
import type { PayloadType } from '#formats/payload-decoder.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import { ExpressionReader, type RecordExpression, recordExpression } from '../transform/record-expressions.ts';
import { type SimpleTransform, simpleTransform } from '../transform/transform-kind.ts';
import { failure, type Routed, TableNamer } from './table-namer.ts';

/** What a payload was decoded to, as far as routes ask. */
export interface RoutedPayload {
  /** Nothing: a tombstone. */
  record: DecodedRecord | undefined;
  type?: PayloadType | undefined;
}

/** One route, the same from batch to batch. */
export interface RecordRoute {
  /** Whether what it asks for is all outside the payload. */
  readonly readsNoPayload: boolean;
  /** `payload` may be empty where it reads none. */
  routeOf(record: SourceRecord, payload: RoutedPayload, nowMs: number): Routed;
}

/** Texts that are remembered with the table that they came to. */
const mostRemembered = 10_000;

/** @param isKnown whether the settings have a table of this name, or a pattern for it. */
export function recordRoute(
  route: RouteSettings,
  { origin }: Pick<SourceSettings, 'origin'>,
  isKnown: (tableName: string) => boolean,
): RecordRoute {
  const placeholders = Object.keys(route.by);
  const expressions = Object.values(route.by).map((text) => recordExpression(text, origin.kind));
  const namer = new TableNamer(route, isKnown);
  const reader = new ExpressionReader();
  const remembered = new Map<string, Routed>();
  const topic = origin.kind === 'kafka' ? origin.topic : undefined;

  function textsOf(record: SourceRecord, payload: RoutedPayload, nowMs: number): string[] | Routed {
    const context = { table: '', topic, nowMs, type: payload.type };
    const values = reader.read(expressions, payload.record, record, context);
    if (!Array.isArray(values)) return failure('RouteFailed', `{${placeholders[values.index]}}: ${values.message}`);
    const texts: string[] = [];
    for (const [index, value] of values.entries()) {
      const text = routeText(value);
      if (text === undefined) {
        const { text: expression } = expressions[index] as RecordExpression;
        return failure(
          'RouteFailed',
          `expected ${expression} to give {${placeholders[index]}} a text, a number or a boolean, got ${described(value)}`,
        );
      }
      texts.push(text);
    }
    return texts;
  }

  return {
    readsNoPayload: expressions.every(({ node }) => isOutside(simpleTransform(node))),
    routeOf(record, payload, nowMs) {
      const texts = textsOf(record, payload, nowMs);
      if (!Array.isArray(texts)) return texts;
      const key = texts.length === 1 ? (texts[0] as string) : JSON.stringify(texts);
      let routed = remembered.get(key);
      if (routed === undefined) {
        routed = namer.routeOf(Object.fromEntries(placeholders.map((name, index) => [name, texts[index] as string])));
        if (remembered.size >= mostRemembered) remembered.clear();
        remembered.set(key, routed);
      }
      return routed;
    },
  };
}

/** Metadata, but for what a payload says of itself, and constants. */
const isOutside = (simple: SimpleTransform | undefined): boolean =>
  simple?.kind === 'constant' || (simple?.kind === 'metadata' && !simple.name.startsWith('schema.'));

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
