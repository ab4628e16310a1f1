import { beforeAll, expect, test } from 'vitest';
import { settings } from '#contract/settings.ts';
import { ExpressionError } from '#contract/transform-expression.ts';
import { DecodedList, DecodedRecord, type DecodedValue } from '#formats/decoded-value.ts';
import { decodeJson } from '#formats/json.ts';
import { recordTransforms } from '#pipeline/transform/transform-record.ts';
import { record } from '../support/ingest.ts';
import { type ComplianceCase, complianceCases, installJmespathSuite } from './support/jmespath-suite.ts';

beforeAll(() => installJmespathSuite(), 120_000);

const { origin } = settings.parse({
  sources: { clicks: { kinesis: {}, table: 'clicks' } },
  tables: { clicks: {} },
}).sources.clicks as { origin: Parameters<typeof recordTransforms>[0]['origin'] };

const jsonOf = (value: DecodedValue | undefined): unknown =>
  value instanceof DecodedList || value instanceof DecodedRecord
    ? JSON.parse(value.raw)
    : JSON.parse(JSON.stringify(value ?? null));

/** What a transform makes of a document (a record's field, where it is no record itself); nothing where there is an error. */
function evaluated({ given, expression }: ComplianceCase): { result: unknown } | undefined {
  const isRecord = typeof given === 'object' && given !== null && !Array.isArray(given);
  const payload = decodeJson(Buffer.from(JSON.stringify(isRecord ? given : { document: given })));
  if (payload.kind === 'failure') throw new Error(payload.message);
  try {
    const transforms = { filled: isRecord ? expression : `document | ${expression}` };
    const made = recordTransforms({ transforms, drop: [], origin }, 'clicks').apply(payload.record, record(1, ''), 0);
    return made instanceof DecodedRecord ? { result: jsonOf(made.values[made.names.indexOf('filled')]) } : undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

test("JMESPath's compliance suite, with numbers as they are written", () => {
  const cases = complianceCases();
  expect(cases.length).toBeGreaterThan(800);
  for (const each of cases) {
    expect({ ...each, expected: evaluated(each) }).toEqual(each);
  }
});
