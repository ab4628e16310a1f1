import { parseExpression, type TransformNode } from '#contract/transform-expression.ts';
import type { MetadataName, SourceKind } from '#contract/transform-metadata.ts';
import { DecodedRecord, type DecodedValue, NumberToken } from '#formats/decoded-value.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import { decodedValue, type Origins, type PathValue, pathValue } from './path-value.ts';
import { TransformInterpreter } from './transform-interpreter.ts';
import { type MetadataContext, metadataOf } from './transform-metadata.ts';

/** An expression, parsed, as the settings write it. */
export interface RecordExpression {
  readonly text: string;
  readonly node: TransformNode;
}

/** @throws {ExpressionError} where no record could pass it. */
export const recordExpression = (text: string, kind: SourceKind): RecordExpression => ({
  text,
  node: parseExpression(text, kind),
});

/** Which of the expressions a record failed, and why: the message names the expression. */
export interface ExpressionFailure {
  kind: 'failure';
  index: number;
  message: string;
}

/** The values of expressions, one after another, each of which reads the payload as it came. */
export class ExpressionReader {
  readonly #interpreter = new TransformInterpreter();

  read(
    expressions: readonly RecordExpression[],
    payload: DecodedRecord | undefined,
    record: SourceRecord,
    context: MetadataContext,
  ): DecodedValue[] | ExpressionFailure {
    const origins: Origins = new Map();
    const root = pathValue(payload ?? emptyRecord, origins);
    const metadata = (name: MetadataName): PathValue => {
      const value = metadataOf(name, record, context);
      return typeof value === 'bigint' ? new NumberToken(String(value)) : value;
    };
    const values: DecodedValue[] = [];
    for (const [index, { node, text }] of expressions.entries()) {
      try {
        values.push(decodedValue(this.#interpreter.evaluate(node, root, metadata), origins));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        return { kind: 'failure', index, message: `expected ${text} to give a value: ${error.message}` };
      }
    }
    return values;
  }

  /** What an expression that asks for no record comes to; nothing where it always fails. */
  constant(node: TransformNode): DecodedValue | undefined {
    try {
      return decodedValue(
        this.#interpreter.evaluate(node, null, () => null),
        new Map(),
      );
    } catch (error) {
      if (error instanceof Error) return undefined;
      throw error;
    }
  }
}

export const emptyRecord = new DecodedRecord([], []);
