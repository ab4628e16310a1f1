import type { ColumnValue } from '#columnar/vector/column.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import { parseDeadLetterExpression } from '#contract/transform-expression.ts';
import type { DecodedRecord } from '#formats/decoded-value.ts';
import { type DeadLetter, extraLetterFields, type LetterValues } from '../ingest/dead-letter.ts';
import { ExpressionReader, type RecordExpression } from './record-expressions.ts';
import type { MetadataContext } from './transform-metadata.ts';
import { coercionOf } from './transform-value.ts';

/** Fills columns of dead letters by expressions. */
export interface LetterTransforms {
  /** `payload`: nothing where it does not decode. Never fails: what an expression cannot tell is null. */
  valuesOf(
    letter: DeadLetter,
    payload: DecodedRecord | undefined,
    about: { route: string; type: MetadataContext['type']; nowMs: number },
  ): LetterValues;
}

export function letterTransforms({
  deadLetters,
  origin,
}: Pick<SourceSettings, 'deadLetters' | 'origin'>): LetterTransforms {
  const topic = origin.kind === 'kafka' ? origin.topic : undefined;
  const fields = extraLetterFields(deadLetters);
  const columns = fields.map((field) => {
    const { expression } = deadLetters.transforms[field.name] as { expression: string };
    const read: RecordExpression = { text: expression, node: parseDeadLetterExpression(expression, origin.kind) };
    return { name: field.name, read, toValue: coercionOf(field) };
  });
  const reader = new ExpressionReader();
  return {
    valuesOf({ record, table, error, message, path }, payload, { route, type, nowMs }) {
      const context = { table, topic, nowMs, type, error: { class: error, message, path, table, route } };
      const columnValue = ({ read, toValue }: (typeof columns)[number]): ColumnValue => {
        const values = reader.read([read], payload, record, context);
        return Array.isArray(values) ? (toValue(values[0] ?? null) ?? null) : null;
      };
      return Object.fromEntries(columns.map((column) => [column.name, columnValue(column)]));
    },
  };
}
