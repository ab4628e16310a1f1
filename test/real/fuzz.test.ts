import { expect, test } from 'vitest';
import { runNpm } from './support/npm.ts';

/* Other seeds each time: what fails names its own. */
test.each([
  ['scanner', '60'],
  ['encoder', '30'],
  ...['protobuf', 'msgpack', 'avro', 'json', 'string', 'int64', 'bytes', 'envelope'].map((format) => [format, '10']),
])('nothing is found by fuzzing: %s, %s s', async (target, seconds) => {
  const { status, output } = await runNpm('fuzz', [target, '--seconds', seconds]);
  console.log(output.trim());
  expect(status, output).toBe(0);
});
