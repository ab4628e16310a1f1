import { expect, test } from 'vitest';
import { parseStartOptions } from '../../../scripts/local/start-options.ts';

test('without arguments everything is sent and the stack stays up', () => {
  expect(parseStartOptions([])).toEqual({
    once: false,
    fresh: false,
    events: 0,
    samples: Number.POSITIVE_INFINITY,
    dataFolder: '.local',
    freePorts: false,
  });
});

test('reads every option', () => {
  const args =
    '--once --fresh --events 500000 --rate 5000 --seconds 60 --chaos 3 --samples 10 --data-folder x --free-ports';
  expect(parseStartOptions(args.split(' '))).toEqual({
    once: true,
    fresh: true,
    events: 500_000,
    pace: { perSecond: 5_000, seconds: 60 },
    chaosSeed: 3,
    samples: 10,
    dataFolder: 'x',
    freePorts: true,
  });
});

test.each([
  [['--events', 'many'], '--events: expected a whole number, got many'],
  [['--rate', '5'], 'expected --rate and --seconds together, got one of them'],
  [['--chaos', '-1'], /--chaos/],
  [['--twice'], /--twice/],
])('refuses %j', (args, message) => {
  expect(() => parseStartOptions(args)).toThrow(message);
});
