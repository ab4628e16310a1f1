import { expect, test } from 'vitest';
import { assertDeployed } from '../../../scripts/cli/mapping.ts';

test('a mapping that is not there was not turned on', () => {
  expect(() => assertDeployed('orders', 'on', [])).toThrow(
    'source orders: expected an event source mapping to turn on, found none',
  );
  expect(() => assertDeployed('orders', 'off', [{ id: 'a', state: 'Disabled' }])).not.toThrow();
});
