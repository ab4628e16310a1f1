import { expect, test } from 'vitest';
import { ingestFunctionName, sourceResourceName } from '#contract/environment.ts';
import { namesOf } from '../../lib/names.ts';

test('operators find what a source is made of under the names that the stacks give', () => {
  const names = namesOf({ environment: 'prod' });
  expect(ingestFunctionName('prod', 'orders')).toBe(names.function('ingest-orders'));
  expect(sourceResourceName('prod', 'orders')).toBe(names.stream('orders'));
  expect(sourceResourceName('prod', 'orders')).toBe(names.consumerGroup('orders'));
});
